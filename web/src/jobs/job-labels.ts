import { Ban, CircleAlert, CircleCheck, Clock, LoaderCircle, type LucideIcon } from 'lucide-react';

import type { JobKind, JobStatus } from '#graphql';

import type { Tone } from '../ui/Badge';

export const JOB_STATUSES: Record<JobStatus, { label: string; tone: Tone; icon: LucideIcon; isOver: boolean }> = {
  QUEUED: { label: 'Queued', tone: 'calm', icon: Clock, isOver: false },
  RUNNING: { label: 'Running', tone: 'busy', icon: LoaderCircle, isOver: false },
  CANCELLING: { label: 'Stopping', tone: 'warn', icon: Ban, isOver: false },
  SUCCEEDED: { label: 'Done', tone: 'good', icon: CircleCheck, isOver: true },
  FAILED: { label: 'Failed', tone: 'bad', icon: CircleAlert, isOver: true },
  CANCELLED: { label: 'Cancelled', tone: 'warn', icon: Ban, isOver: true },
};

export const JOB_KINDS: Record<JobKind, string> = {
  DOWNLOAD: 'Download',
  INGEST: 'Read and check',
  INDEX: 'Make searchable',
  TOKENIZE: 'Tokenize',
  EXPORT: 'Export',
  PURGE: 'Remove',
};
