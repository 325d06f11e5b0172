import { useEffect } from 'react';
import { useClient } from 'urql';

import { NewestPositionDocument, WatchTokenizationsDocument, type WatchTokenizationsSubscription } from '#graphql';

import { announce } from '../app/announcements';
import { beginsAtStart } from '../service/client';

type Told = WatchTokenizationsSubscription['events']['events'][number];

const DONE = 'TokenizationCompleted';
const FAILED = 'JobFailed';
const TYPES = [DONE, FAILED];

/** Tells a screen reader of every tokenization that is ready, or failed, from now on. */
export function useTokenNews(): void {
  const client = useClient();
  useEffect(() => {
    let isOld = false;
    let stop: (() => void) | null = () => undefined;
    void client.query(NewestPositionDocument, {}, { requestPolicy: 'network-only' }).toPromise().then(({ data }) => {
      if (stop === null || !data) return;
      const watching = client.subscription(WatchTokenizationsDocument, { after: data.position, types: TYPES }).subscribe((result) => {
        if (!result.hasNext || !result.data) return; // at its end there still are those that were told before
        const { events, caughtUp } = result.data.events;
        // of another log all is told, and what had happened before this is no news
        if (beginsAtStart(result)) isOld = true;
        if (!isOld) newsOf(events).forEach(announce);
        if (caughtUp) isOld = false;
      });
      stop = () => { watching.unsubscribe(); };
    });
    return () => {
      stop?.();
      stop = null;
    };
  }, [client]);
}

/** "english: tokens are ready"; other jobs that fail have a status to be told by. */
export function newsOf(events: readonly Told[]): readonly string[] {
  return events
    .filter(({ type, run }) => type === DONE || run?.kind === 'TOKENIZE')
    .map(({ type, subject }) => `${subject ?? 'A dataset'}: ${type === DONE ? 'tokens are ready' : 'to make tokens has failed'}`);
}
