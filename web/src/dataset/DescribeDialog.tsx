import { Check } from 'lucide-react';
import { type SubmitEvent, useId, useState } from 'react';

import { type DatasetDetailFragment, DescribeDatasetDocument } from '#graphql';

import { useAct, type Wrong, wrongWith } from '../service/act';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Choice, Field, inputClass } from '../ui/Field';
import { Problem } from '../ui/Problem';

const LANGUAGES = [
  'arabic', 'danish', 'dutch', 'english', 'finnish', 'french', 'german', 'greek', 'hungarian', 'italian', 'norwegian', 'portuguese', 'romanian', 'russian', 'spanish', 'swedish', 'tamil', 'turkish',
];
const FIELDS = ['name', 'tags', 'notes', 'language', 'textColumn'];

/** What a dataset is called, and what is worth knowing of it. What is not changed here is not told: somebody else may have changed it meanwhile. */
export function DescribeDialog({ dataset, onClose }: { dataset: DatasetDetailFragment; onClose: () => void }) {
  const act = useAct();
  const [before] = useState(() => ({ name: dataset.name, tags: dataset.tags.join(', '), notes: dataset.notes ?? '', language: dataset.language ?? '', textColumn: dataset.textColumn ?? '' }));
  const [name, setName] = useState(before.name);
  const [tags, setTags] = useState(before.tags);
  const [language, setLanguage] = useState(before.language);
  const [notes, setNotes] = useState(before.notes);
  const [textColumn, setTextColumn] = useState(before.textColumn);
  const [wrong, setWrong] = useState<readonly Wrong[]>([]);
  const keep = async () => {
    const told = {
      ...(name !== before.name && { name }),
      ...(tags !== before.tags && { tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean) }),
      ...(notes !== before.notes && { notes: notes.trim() || null }),
      ...(language !== before.language && { language: language || null }),
      ...(textColumn !== before.textColumn && { textColumn }),
    };
    const outcome = await act(DescribeDatasetDocument, { datasetId: dataset.id, ...told });
    setWrong(outcome.wrong);
    if (outcome.payload) onClose();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void keep();
  };
  return (
    <Dialog title={`Describe ${dataset.name}`} description="All of it can be searched for." onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <Field label="Name" required value={name} onChange={(event) => { setName(event.target.value); }} wrong={wrongWith(wrong, 'name')} />
        <Field label="Tags" placeholder="news, small" value={tags} onChange={(event) => { setTags(event.target.value); }} wrong={wrongWith(wrong, 'tags')} />
        <Choice label="Language of its text" hint="Searches find all forms of a word then." value={language} onChange={(event) => { setLanguage(event.target.value); }} wrong={wrongWith(wrong, 'language')}>
          <option value="">none: words as they are written</option>
          {LANGUAGES.map((of) => <option key={of}>{of}</option>)}
        </Choice>
        <TextColumn dataset={dataset} column={textColumn} onChange={setTextColumn} wrong={wrongWith(wrong, 'textColumn')} />
        <Notes notes={notes} onChange={setNotes} wrong={wrongWith(wrong, 'notes')} />
        {wrong.filter(({ path }) => !path.some((field) => FIELDS.includes(field))).map(({ message }) => <Problem key={message} message={message} />)}
        <Button type="submit" kind="primary" className="self-end" disabled={name.trim() === ''}>
          <Check aria-hidden /> Keep
        </Button>
      </form>
    </Dialog>
  );
}

/** Which column is read; asked for only where there is a choice. */
function TextColumn({ dataset, column, onChange, wrong }: { dataset: DatasetDetailFragment; column: string; onChange: (column: string) => void; wrong: string }) {
  const columns = dataset.columns.filter(({ isText }) => isText);
  if (dataset.status !== 'READY' || columns.length < 2) return null;
  return (
    <Choice label="Column that is read as its text" hint="Words are counted and made searchable anew for another one." value={column} onChange={(event) => { onChange(event.target.value); }} wrong={wrong}>
      {columns.map(({ name }) => <option key={name}>{name}</option>)}
    </Choice>
  );
}

function Notes({ notes, onChange, wrong }: { notes: string; onChange: (notes: string) => void; wrong: string }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">Notes</label>
      <textarea id={id} rows={5} value={notes} onChange={(event) => { onChange(event.target.value); }} className={`${inputClass} h-auto py-2`} />
      {wrong !== '' && <p className="text-xs text-danger">{wrong}</p>}
    </div>
  );
}
