import { Play } from 'lucide-react';
import { type SubmitEvent, useState } from 'react';
import { useQuery } from 'urql';

import { PresetsDocument, SavePresetDocument, TokenizeDatasetDocument, type TokenizeDatasetInput } from '#graphql';

import { announce } from '../../app/announcements';
import { say } from '../../app/toasts';
import { useAct, type Wrong, wrongWith } from '../../service/act';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Problem } from '../../ui/Problem';
import { Plan } from './Plan';
import { PresetPills } from './PresetPills';
import { DEFAULT_RECIPE, type RecipeForm, recipeOf } from './recipe-form';
import { RecipeFields } from './RecipeFields';

const FIELDS = ['tokenizer', 'maxLength', 'stride', 'padding', 'padToken', 'minTokens', 'name'];

/** A tokenizer and a recipe; what comes of it is told before it runs: of several datasets, what comes of the first. */
export function TokenizeForm({ datasetIds, onDone }: { datasetIds: readonly string[]; onDone?: () => void }) {
  const [tokenizer, setTokenizer] = useState('');
  const [recipe, setRecipe] = useState<RecipeForm>(DEFAULT_RECIPE);
  const { run, wrong, isBusy } = useRun(onDone);
  const inputOf = (datasetId: string): TokenizeDatasetInput => ({ datasetId, tokenizer: tokenizer.trim(), recipe: recipeOf(recipe) });
  const general = wrong.filter(({ path }) => !path.some((name) => FIELDS.includes(name)));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run(datasetIds.map(inputOf));
  };
  return (
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Presets
          tokenizer={tokenizer}
          recipe={recipe}
          onChoose={(chosen, name) => {
            setRecipe(chosen);
            if (name) setTokenizer(name);
          }}
        />
        <Field
          label="Tokenizer"
          placeholder="gpt2, owner/name or builtin:byt5"
          required
          spellCheck={false}
          value={tokenizer}
          onChange={(event) => { setTokenizer(event.target.value); }}
          wrong={wrongWith(wrong, 'tokenizer')}
        />
        <RecipeFields recipe={recipe} onChange={setRecipe} wrong={wrong} />
        {tokenizer.trim() !== '' && <Plan input={inputOf(datasetIds[0] ?? '')} />}
        {general.map(({ message }) => <Problem key={message} message={message} />)}
        <Button type="submit" kind="primary" className="self-start" disabled={tokenizer.trim() === '' || isBusy}>
          <Play aria-hidden /> Tokenize
        </Button>
      </form>
  );
}

function Presets({ tokenizer, recipe, onChoose }: { tokenizer: string; recipe: RecipeForm; onChoose: (recipe: RecipeForm, tokenizer: string | null) => void }) {
  const act = useAct();
  const [{ data }, refresh] = useQuery({ query: PresetsDocument });
  const keep = async (name: string) => {
    const { wrong } = await act(SavePresetDocument, { name, tokenizer: tokenizer.trim() || null, recipe: recipeOf(recipe) });
    say(wrong[0]?.message ?? `Kept as “${name}”.`, { isWrong: wrong.length > 0 });
    refresh({ requestPolicy: 'network-only' });
  };
  return <PresetPills presets={data?.presets.nodes ?? []} recipe={recipe} onChoose={onChoose} onKeep={(name) => void keep(name)} />;
}

function useRun(onDone: (() => void) | undefined) {
  const act = useAct();
  const [wrong, setWrong] = useState<readonly Wrong[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const run = async (inputs: readonly TokenizeDatasetInput[]) => {
    setIsBusy(true);
    const outcomes = await Promise.all(inputs.map((input) => act(TokenizeDatasetDocument, input)));
    setIsBusy(false);
    const refused = outcomes.flatMap((outcome) => outcome.wrong);
    setWrong(refused);
    if (refused.length > 0) return;
    if (outcomes.every(({ payload }) => payload?.replayed)) say('The very same is here already.');
    else announce('Tokenization begun');
    onDone?.();
  };
  return { run, wrong, isBusy };
}
