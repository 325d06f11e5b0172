import { Panel } from '../../ui/Panel';
import type { TabProps } from '../tab-props';
import { Made } from './Made';
import { TokenizeForm } from './TokenizeForm';

/** What a dataset was tokenized to, and how to do it once more. */
export default function Tokenizations({ dataset }: TabProps) {
  const { id, status, tokenizations } = dataset;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
      <Panel title="Tokenize">
        {status === 'READY' ? <TokenizeForm datasetIds={[id]} /> : <p className="text-muted">It can be tokenized as soon as it is ready.</p>}
      </Panel>
      <div className="flex min-w-0 flex-col gap-4">
        {tokenizations.nodes.length === 0 && <p className="rounded-xl border border-dashed border-edge/60 p-8 text-center text-muted">Nothing has been tokenized yet.</p>}
        <Made id={id} page={tokenizations} />
      </div>
    </div>
  );
}
