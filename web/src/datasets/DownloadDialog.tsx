import { Download, Search } from 'lucide-react';
import { type SubmitEvent, useState } from 'react';

import { type DownloadDatasetInput, StartDownloadDocument } from '#graphql';

import { say } from '../app/toasts';
import { useAct, type Wrong, wrongWith } from '../service/act';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { Problem } from '../ui/Problem';
import { DownloadChoices, type Choices, NO_CHOICES } from './DownloadChoices';
import { RepositoryFacts } from './RepositoryFacts';
import { useLook } from './use-look';

const FIELDS = ['repository', 'revision', 'accessToken', 'config', 'splits', 'name', 'tags', 'maxRows'];

/** Names a repository, looks at it, and brings it here. A token is in this form only, and gone with it. */
export function DownloadDialog({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState({ repository: '', revision: '', accessToken: '' });
  const [choices, setChoices] = useState<Choices>(NO_CHOICES);
  const { look, looked, isLooking, isWaiting, problem, forget } = useLook();
  const { start, wrong, isStarting } = useStart(onClose);
  const repository = asked.repository.trim();

  const change = (field: keyof typeof asked) => (event: { target: { value: string } }) => {
    setAsked((before) => ({ ...before, [field]: event.target.value }));
    if (field !== 'accessToken') forget();
  };
  const lookAgain = () => {
    setChoices(NO_CHOICES);
    look({ repository, revision: asked.revision.trim(), accessToken: asked.accessToken.trim() });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (looked === null) lookAgain();
    else void start(inputOf(looked.repository, asked, choices), looked.repository);
  };
  const general = wrong.filter(({ path }) => !path.some((name) => FIELDS.includes(name)));
  return (
    <Dialog title="Download a dataset" description="From the Hugging Face Hub to this machine." onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={submit} autoComplete="off">
        <div className="flex items-end gap-2">
          <div className="grow">
            <Field
              label="Repository"
              placeholder="owner/name"
              required
              autoFocus
              spellCheck={false}
              value={asked.repository}
              onChange={change('repository')}
              wrong={wrongWith(wrong, 'repository')}
            />
          </div>
          <Button type={looked ? 'button' : 'submit'} disabled={repository === '' || isLooking} onClick={looked ? lookAgain : undefined}>
            <Search aria-hidden /> {isLooking ? 'Looking…' : looked ? 'Look again' : 'Look'}
          </Button>
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Branch, tag or commit" placeholder="main" spellCheck={false} value={asked.revision} onChange={change('revision')} wrong={wrongWith(wrong, 'revision')} />
          <Field
            label="Access token"
            type="password"
            autoComplete="off"
            placeholder="only for private or gated ones"
            value={asked.accessToken}
            onChange={change('accessToken')}
            wrong={wrongWith(wrong, 'accessToken')}
          />
        </div>
        {isWaiting && <p role="status" className="text-muted">Who asks the Hub is still getting ready. It is asked again by itself.</p>}
        {problem !== '' && <Problem message={problem} />}
        {looked && <RepositoryFacts repository={looked} />}
        {looked?.accessible === true && <DownloadChoices repository={looked} choices={choices} onChange={setChoices} wrong={wrong} />}
        {general.map(({ message, duplicate }) => (
          <Problem key={message} message={message}>
            {duplicate && (
              <Button className="self-start" onClick={() => { setChoices({ ...choices, allowDuplicate: true }); }} disabled={choices.allowDuplicate}>
                {choices.allowDuplicate ? 'It will be brought here once more' : 'Bring it here once more'}
              </Button>
            )}
          </Problem>
        ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={isStarting || looked?.accessible !== true}>
            <Download aria-hidden /> Download
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function useStart(onDone: () => void) {
  const act = useAct();
  const [wrong, setWrong] = useState<readonly Wrong[]>([]);
  const [isStarting, setIsStarting] = useState(false);
  const start = async (input: DownloadDatasetInput, name: string) => {
    setIsStarting(true);
    const outcome = await act(StartDownloadDocument, input);
    setIsStarting(false);
    setWrong(outcome.wrong);
    if (outcome.payload === null) return;
    say(`Downloading ${name}.`);
    onDone();
  };
  return { start, wrong, isStarting };
}

function inputOf(repository: string, asked: { revision: string; accessToken: string }, choices: Choices): DownloadDatasetInput {
  const { config, splits, name, tags, maxRows, allowDuplicate } = choices;
  const words = tags.split(/[,\s]+/).filter(Boolean);
  return {
    repository,
    ...(asked.revision.trim() && { revision: asked.revision.trim() }),
    ...(asked.accessToken.trim() && { accessToken: asked.accessToken.trim() }),
    ...(config && { config }),
    ...(splits.length > 0 && { splits }),
    ...(name.trim() && { name: name.trim() }),
    ...(words.length > 0 && { tags: words }),
    ...(maxRows !== '' && { maxRows: Number(maxRows) }),
    ...(allowDuplicate && { allowDuplicate }),
  };
}
