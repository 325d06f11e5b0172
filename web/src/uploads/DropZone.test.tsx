import { act, cleanup, fireEvent, render, renderHook, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import { DropZone, useStay } from './DropZone';
import { uploads, type UploadStatus } from './uploads';

afterEach(cleanup);

const dragged = (types: string[]) => ({ dataTransfer: { types, files: ['a file'] } });

test('files are taken wherever they are dropped, and nothing else is', () => {
  const onDrop = vi.fn();
  render(<><header>Above</header><DropZone onDrop={onDrop} /></>);
  fireEvent.dragOver(document.body, dragged(['text/plain']));
  expect(screen.queryByText('Drop to upload')).toBeNull();
  expect(fireEvent.dragOver(screen.getByText('Above'), dragged(['Files']))).toBe(false);
  expect(screen.getByText('Drop to upload')).toBeTruthy();
  fireEvent.drop(screen.getByText('Above'), dragged(['Files']));
  expect(onDrop.mock.calls).toEqual([[['a file']]]);
  expect(screen.queryByText('Drop to upload')).toBeNull();
});

test.each<[UploadStatus, boolean]>([['SENDING', true], ['WAITING', true], ['READING', true], ['PAUSED', false], ['DONE', false]])('of a page with a file that is %s it is asked whether to leave it: %s', (status, asks) => {
  renderHook(() => { useStay(); });
  act(() => { uploads.set([{ key: 1, name: 'sent.txt', status, sizeBytes: 2, sentBytes: 1, ratePerSecond: null, problem: '', datasetId: null }]); });
  expect(fireEvent(window, new Event('beforeunload', { cancelable: true }))).toBe(!asks);
});
