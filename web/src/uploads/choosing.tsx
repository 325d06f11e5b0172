import { createRef } from 'react';
import { useLocation } from 'wouter';

import { ACCEPTED, useSend } from './DropZone';

const chooser = createRef<HTMLInputElement>();

/** Asks for files to send, on whatever page one is. */
export function chooseFiles(): void {
  chooser.current?.click();
}

/** Stands on every page, unseen; files that were chosen are sent, and their progress is on the page of datasets. */
export function FileChooser() {
  const send = useSend();
  const [, go] = useLocation();
  return (
    <input
      ref={chooser}
      type="file"
      multiple
      hidden
      aria-label="Files to upload"
      accept={ACCEPTED}
      onChange={({ currentTarget }) => {
        send(currentTarget.files);
        currentTarget.value = '';
        go('/');
      }}
    />
  );
}
