import { createRef } from 'react';
import { useLocation } from 'wouter';

import { ACCEPTED, DropZone, useSend, useStay } from './DropZone';

const chooser = createRef<HTMLInputElement>();

/** Asks for files to send, on whatever page one is. */
export function chooseFiles(): void {
  chooser.current?.click();
}

/** Stands on every page, unseen; files that were chosen or dropped are sent, and their progress is on the page of datasets. */
export function FileChooser() {
  const send = useSend();
  const [, go] = useLocation();
  useStay();
  const take = (files: FileList | null) => {
    send(files);
    go('/');
  };
  return (
    <>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        accept={ACCEPTED}
        onChange={({ currentTarget }) => {
          take(currentTarget.files);
          currentTarget.value = '';
        }}
      />
      <DropZone onDrop={take} />
    </>
  );
}
