import { Upload } from 'lucide-react';
import { type DragEvent, type ReactNode, useState } from 'react';
import { useClient } from 'urql';

import { startUpload } from './uploads';

export const ACCEPTED = '.csv,.tsv,.json,.jsonl,.ndjson,.txt,.parquet,.arrow,.gz,.zst';

/** Sends the files that are chosen or dropped. */
export function useSend(): (files: FileList | null) => void {
  const client = useClient();
  return (files) => {
    for (const file of files ?? []) void startUpload(client, file);
  };
}

/** A page onto which files can be dropped. */
export function DropZone({ children }: { children: ReactNode }) {
  const send = useSend();
  const [isOver, setIsOver] = useState(false);
  const over = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setIsOver(true);
  };
  return (
    <div
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false); }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        send(event.dataTransfer.files);
      }}
    >
      {children}
      {isOver && (
        <div className="pointer-events-none fixed inset-3 z-30 flex flex-col items-center justify-center gap-3 rounded-2xl border-2 border-dashed border-button bg-canvas/90 text-lg font-medium text-accent">
          <Upload className="size-9" aria-hidden />
          Drop to upload
        </div>
      )}
    </div>
  );
}
