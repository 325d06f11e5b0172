import { CircleAlert, CircleCheck, Clock, CloudOff, LoaderCircle, type LucideIcon, Pause, Play, ScanText, X } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';

import { useStore } from '../service/store';
import { bytes } from '../text/format';
import type { Tone } from '../ui/Badge';
import { Badge } from '../ui/Badge';
import { Button, IconButton } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Progress } from '../ui/Progress';
import { dropUpload, pauseUpload, resumeUpload, type Upload, uploads, type UploadStatus } from './uploads';

const STATUSES: Record<UploadStatus, { label: string; tone: Tone; icon: LucideIcon }> = {
  QUEUED: { label: 'Waits for its turn', tone: 'calm', icon: Clock },
  SENDING: { label: 'Sending', tone: 'busy', icon: LoaderCircle },
  WAITING: { label: 'Connection lost, tries again', tone: 'warn', icon: CloudOff },
  PAUSED: { label: 'Paused', tone: 'calm', icon: Pause },
  READING: { label: 'Sent', tone: 'busy', icon: ScanText },
  FAILED: { label: 'Failed', tone: 'bad', icon: CircleAlert },
  DONE: { label: 'Here', tone: 'good', icon: CircleCheck },
};

/** Files on their way here, with what can be done about each. */
export function UploadList() {
  const list = useStore(uploads);
  if (list.length === 0) return null;
  return (
    <ul aria-label="Uploads" className="divide-y divide-line rounded-xl border border-line bg-surface">
      {list.map((upload) => (
        <li key={upload.key} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
          <Line upload={upload} />
        </li>
      ))}
    </ul>
  );
}

function Line({ upload }: { upload: Upload }) {
  const { key, name, status, problem, datasetId } = upload;
  const { label, tone, icon } = STATUSES[status];
  return (
    <>
      <span className="min-w-40 grow truncate font-medium">{datasetId === null ? name : <Link href={`/datasets/${datasetId}`} className="underline underline-offset-2">{name}</Link>}</span>
      <Badge tone={tone} icon={icon}>
        {label}
      </Badge>
      <span className="flex">
        {(status === 'QUEUED' || status === 'SENDING' || status === 'WAITING') && (
          <IconButton label={`Pause ${name}`} onClick={() => void pauseUpload(key)}>
            <Pause />
          </IconButton>
        )}
        {(status === 'PAUSED' || status === 'FAILED') && (
          <IconButton label={`Resume ${name}`} onClick={() => { resumeUpload(key); }}>
            <Play />
          </IconButton>
        )}
        {status === 'DONE' ? (
          <IconButton label={`Hide ${name}`} onClick={() => void dropUpload(key)}>
            <X />
          </IconButton>
        ) : (
          <Stop upload={upload} />
        )}
      </span>
      {problem !== '' && <p className="w-full text-[13px] break-words text-danger" role="alert">{problem}</p>}
      {status !== 'DONE' && status !== 'FAILED' && (
        <div className="w-full">
          <Progress label={`Sending ${name}`} progress={progressOf(upload)} />
        </div>
      )}
    </>
  );
}

/** What was sent is taken away with it: how much that is is read before it goes. */
function Stop({ upload: { key, name, sentBytes, sizeBytes } }: { upload: Upload }) {
  const [asks, setAsks] = useState(false);
  const close = () => { setAsks(false); };
  return (
    <>
      <IconButton label={`Stop ${name}`} onClick={() => { setAsks(true); }}>
        <X />
      </IconButton>
      {asks && (
        <Dialog title={`Stop sending ${name}?`} description={`${bytes(sentBytes)} of ${bytes(sizeBytes)} were sent, and are taken away again. There is no way back.`} onClose={close}>
          <div className="flex justify-end gap-2">
            <Button onClick={close}>Keep</Button>
            <Button kind="danger" onClick={() => void dropUpload(key)}>
              <X aria-hidden /> Stop
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function progressOf({ sentBytes, sizeBytes, ratePerSecond }: Upload) {
  const left = ratePerSecond ? (sizeBytes - sentBytes) / ratePerSecond : null;
  return {
    fraction: sizeBytes === 0 ? null : sentBytes / sizeBytes,
    done: sentBytes,
    total: sizeBytes,
    unit: 'BYTES' as const,
    ratePerSecond,
    secondsLeft: left,
    updatedAt: '',
  };
}
