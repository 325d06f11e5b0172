import type { Wrong } from '../service/act';
import { wrongWith } from '../service/act';
import { bytes, count, counted } from '../text/format';
import { Choice, Field } from '../ui/Field';
import type { Repository } from './use-look';

export interface Choices {
  readonly config: string;
  /** None: all. */
  readonly splits: readonly string[];
  readonly name: string;
  readonly tags: string;
  readonly maxRows: string;
  readonly allowDuplicate: boolean;
}

export const NO_CHOICES: Choices = { config: '', splits: [], name: '', tags: '', maxRows: '', allowDuplicate: false };

interface Props {
  repository: Repository;
  choices: Choices;
  onChange: (choices: Choices) => void;
  wrong: readonly Wrong[];
}

/** What of a repository is brought here, and what it is called then. */
export function DownloadChoices({ repository, choices, onChange, wrong }: Props) {
  const { configs } = repository;
  const chosen = configs.find(({ name, isDefault }) => (choices.config === '' ? isDefault : name === choices.config)) ?? configs[0];
  const set = (change: Partial<Choices>) => { onChange({ ...choices, ...change }); };
  return (
    <>
      {configs.length > 1 && (
        <Choice label="Part" value={chosen?.name} hint={partLine(configs, repository.configCount, 'parts')} onChange={(event) => { set({ config: event.target.value, splits: [] }); }} wrong={wrongWith(wrong, 'config')}>
          {configs.map(({ name, sizeBytes }) => (
            <option key={name} value={name}>
              {name}
              {sizeBytes === null ? '' : ` (${bytes(sizeBytes)})`}
            </option>
          ))}
        </Choice>
      )}
      {chosen && chosen.splits.length > 0 && <Splits splits={chosen.splits} hint={partLine(chosen.splits, chosen.splitCount, 'splits')} chosen={choices.splits} onChange={(splits) => { set({ splits }); }} />}
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Name" placeholder={repository.repository} value={choices.name} onChange={(event) => { set({ name: event.target.value }); }} wrong={wrongWith(wrong, 'name')} />
        <Field label="Tags" placeholder="news, small" value={choices.tags} onChange={(event) => { set({ tags: event.target.value }); }} wrong={wrongWith(wrong, 'tags')} />
        <Field label="Rows of each split" type="number" min={1} placeholder="all" value={choices.maxRows} onChange={(event) => { set({ maxRows: event.target.value }); }} wrong={wrongWith(wrong, 'maxRows')} />
      </div>
    </>
  );
}

/** Says so where the service tells of the first ones only. */
function partLine(told: readonly unknown[], all: number | null, what: string): string {
  return all !== null && all > told.length ? `These are the first ${count(told.length)} of ${count(all)} ${what}: others are downloaded by the API.` : '';
}

interface SplitsProps {
  hint: string;
  splits: Repository['configs'][number]['splits'];
  chosen: readonly string[];
  onChange: (splits: readonly string[]) => void;
}

function Splits({ splits, hint, chosen, onChange }: SplitsProps) {
  const isChosen = (name: string) => chosen.length === 0 || chosen.includes(name);
  const toggle = (name: string) => {
    const wanted = splits.map((split) => split.name).filter((other) => (other === name ? !isChosen(name) : isChosen(other)));
    if (wanted.length > 0) onChange(wanted.length === splits.length ? [] : wanted);
  };
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-[13px] font-medium">Splits</legend>
      <div className="flex flex-wrap gap-2">
        {splits.map(({ name, sizeBytes, fileCount }) => (
          <label key={name} className="flex items-center gap-2 rounded-lg border border-line px-3 py-1.5 has-checked:border-button">
            <input type="checkbox" checked={isChosen(name)} onChange={() => { toggle(name); }} className="accent-(--button)" />
            {name}
            <span className="text-xs text-muted">{sizeBytes === null ? counted(fileCount, 'file') : bytes(sizeBytes)}</span>
          </label>
        ))}
      </div>
      <p className="text-xs text-muted empty:hidden">{hint}</p>
    </fieldset>
  );
}
