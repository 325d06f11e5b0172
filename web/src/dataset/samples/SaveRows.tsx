import { Download } from 'lucide-react';
import { useClient } from 'urql';

import { type SampleFilter, type SampleOrder, SamplesDownloadDocument } from '#graphql';

import { say } from '../../app/toasts';
import { messageOf } from '../../service/act';
import { Button } from '../../ui/Button';

interface Props {
  id: string;
  filter: SampleFilter;
  order: SampleOrder;
}

/** Saves all rows that were found. Their address is good for some minutes only, so it is asked for when it is wanted. */
export function SaveRows({ id, filter, order }: Props) {
  const client = useClient();
  const save = async () => {
    const { data, error } = await client.query(SamplesDownloadDocument, { id, filter, orderBy: order }, { requestPolicy: 'network-only' }).toPromise();
    const address = data?.dataset?.samples.download;
    if (address) fetchFile(address);
    else say(error ? messageOf(error) : 'There are no such rows any more.', { isWrong: true });
  };
  return (
    <Button onClick={() => void save()}>
      <Download aria-hidden /> Save these rows
    </Button>
  );
}

/** As a click on a link to it. */
function fetchFile(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
