import { TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Provider, useQuery } from 'urql';

import { PlanTokenizationDocument, type TokenizeDatasetInput } from '#graphql';

import { messageOf } from '../../service/act';
import { isAskedAgain } from '../../service/asking-again';
import { clientWithoutCache, serviceAddress } from '../../service/client';
import { bytes, count, duration, percent, shortCount } from '../../text/format';
import { Figures } from '../../ui/Panel';

const TYPING_MILLISECONDS = 500;

/** What a run would come to, found out from a sample while one chooses. It is kept no longer than it is shown, and so is its token. */
export function Plan({ input }: { input: TokenizeDatasetInput }) {
  const [client] = useState(() => clientWithoutCache(serviceAddress()));
  const settled = useSettled(JSON.stringify(input));
  return (
    <Provider value={client}>
      <Planned input={JSON.parse(settled) as TokenizeDatasetInput} />
    </Provider>
  );
}

function Planned({ input }: { input: TokenizeDatasetInput }) {
  const [state] = useQuery({ query: PlanTokenizationDocument, variables: { input } });
  const { data, error, fetching } = state;
  const waits = isAskedAgain(state);
  const plan = data?.planTokenization;
  const known = (figure: number | null | undefined, told: (of: number) => string) => (figure == null ? '–' : told(figure));
  return (
    <section aria-label="Plan" aria-busy={fetching || waits} className="flex flex-col gap-3 rounded-xl bg-raised/60 p-4">
      <h3 className="flex justify-between gap-2 font-medium">
        What it comes to
        <span className="text-xs font-normal text-muted">{waits ? 'Who tries it is getting ready…' : fetching ? 'Trying some rows…' : plan ? `${count(plan.sampledRows)} rows tried` : ''}</span>
      </h3>
      <Figures
        figures={[
          ['Tokens', known(plan?.tokenCount, shortCount)],
          ['Sequences', known(plan?.sequenceCount, shortCount)],
          ['Size', known(plan?.sizeBytes, bytes)],
          ['Takes', known(plan?.seconds, duration)],
          ['Cut off', known(plan?.truncatedShare, percent)],
          ['Padding', known(plan?.paddingShare, percent)],
        ]}
      />
      {error && !waits && <p className="text-danger">{messageOf(error)}</p>}
      {plan?.error && !waits && <p className="text-danger">{plan.error.message}</p>}
      {plan?.existing && <p className="text-muted">The very same is here already.</p>}
      {plan?.warnings.map(({ code, message }) => (
        <p key={code} className="flex gap-2 text-warn">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden /> {message}
        </p>
      ))}
    </section>
  );
}

/** What was typed, once nothing more was for a while. */
function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => { setSettled(typed); }, TYPING_MILLISECONDS);
    return () => { clearTimeout(timer); };
  }, [typed]);
  return settled;
}
