import { Ban, CircleAlert, CircleCheck, Clock, Download, type LucideIcon, ScanText, Trash2 } from 'lucide-react';

import type { DatasetStatus } from '#graphql';

import type { Tone } from '../ui/Badge';

interface Label {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: LucideIcon;
  readonly isWorking: boolean;
}

export const LABELS: Record<DatasetStatus, Label> = {
  QUEUED: { label: 'Queued', tone: 'calm', icon: Clock, isWorking: true },
  DOWNLOADING: { label: 'Downloading', tone: 'busy', icon: Download, isWorking: true },
  INGESTING: { label: 'Reading', tone: 'busy', icon: ScanText, isWorking: true },
  READY: { label: 'Ready', tone: 'good', icon: CircleCheck, isWorking: false },
  FAILED: { label: 'Failed', tone: 'bad', icon: CircleAlert, isWorking: false },
  CANCELLED: { label: 'Cancelled', tone: 'warn', icon: Ban, isWorking: false },
  TRASHED: { label: 'In the trash', tone: 'calm', icon: Trash2, isWorking: false },
  PURGING: { label: 'Being removed', tone: 'warn', icon: Trash2, isWorking: true },
};
