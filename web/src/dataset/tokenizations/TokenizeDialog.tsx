import { say } from '../../app/toasts';
import { counted } from '../../text/format';
import { Dialog } from '../../ui/Dialog';
import { TokenizeForm } from './TokenizeForm';

interface Props {
  datasets: readonly { readonly id: string; readonly name: string }[];
  onClose: () => void;
  onDone: () => void;
}

/** The same for several datasets at once. */
export default function TokenizeDialog({ datasets, onClose, onDone }: Props) {
  const what = counted(datasets.length, 'dataset');
  return (
    <Dialog title={`Tokenize ${what}`} description={datasets.map(({ name }) => name).join(', ')} onClose={onClose}>
      <TokenizeForm
        datasetIds={datasets.map(({ id }) => id)}
        onDone={() => {
          say(`Tokenizing ${what}.`);
          onClose();
          onDone();
        }}
      />
    </Dialog>
  );
}
