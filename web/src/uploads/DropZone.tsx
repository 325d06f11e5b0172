import { Upload } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';

import { useStore } from '../service/store';
import { isSent, startUpload, uploads } from './uploads';

export const ACCEPTED = '.csv,.tsv,.json,.jsonl,.ndjson,.txt,.parquet,.arrow,.gz,.zst';

/** Sends the files that are chosen or dropped. */
export function useSend(): (files: FileList | null) => void {
  const client = useClient();
  return (files) => {
    for (const file of files ?? []) void startUpload(client, file);
  };
}

/** Takes files that are dropped anywhere: a browser would leave the page for a file, and what is being sent with it. */
export function DropZone({ onDrop }: { onDrop: (files: FileList) => void }) {
  const [isOver, setIsOver] = useState(false);
  const newest = useRef(onDrop);
  useEffect(() => {
    newest.current = onDrop;
  });
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent) => { if (relatedTarget === null) setIsOver(false); };
    const drop = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setIsOver(false);
      newest.current(event.dataTransfer.files);
    };
    const heard = { dragenter: over, dragover: over, dragleave: leave, drop };
    for (const [name, listener] of Object.entries(heard)) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(heard)) window.removeEventListener(name, listener as EventListener);
    };
  }, []);
  if (!isOver) return null;
  return (
    <div className="pointer-events-none fixed inset-3 z-50 flex flex-col items-center justify-center gap-3 rounded-2xl border-2 border-dashed border-button bg-canvas/90 text-lg font-medium text-accent">
      <Upload className="size-9" aria-hidden />
      Drop to upload
    </div>
  );
}

/** Has the browser ask before the page is left while something is being sent. */
export function useStay(): void {
  const isSending = useStore(uploads).some(isSent);
  useEffect(() => {
    if (!isSending) return;
    const stay = (event: BeforeUnloadEvent) => { event.preventDefault(); };
    window.addEventListener('beforeunload', stay);
    return () => { window.removeEventListener('beforeunload', stay); };
  }, [isSending]);
}
