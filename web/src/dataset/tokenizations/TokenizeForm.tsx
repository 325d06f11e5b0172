import { Play } from 'lucide-react';
import { type SubmitEvent, useState } from 'react';

import { TokenizeDatasetDocument, type TokenizeDatasetInput } from '#graphql';

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
import { usePresets } from './use-presets';

const FIELDS = ['tokenizer', 'accessToken', 'maxLength', 'stride', 'padding', 'padToken', 'minTokens', 'name'];

/**
 * A tokenizer and a recipe; what comes of it is told before it runs: of several datasets, what comes of the first.
 * A token is in this form only, and gone as soon as it was sent with a request.
 */
export function TokenizeForm({ datasetIds, onDone }: { datasetIds: readonly string[]; onDone?: () => void }) {
  const [tokenizer, setTokenizer] = useState('');
  const [token, setToken] = useState('');
  const [recipe, setRecipe] = useState<RecipeForm>(DEFAULT_RECIPE);
  const { presets, keep, remove } = usePresets();
  const { run, wrong, isBusy } = useRun(() => {
    setToken('');
    onDone?.();
  });
  const inputOf = (datasetId: string): TokenizeDatasetInput => ({
    datasetId,
    tokenizer: tokenizer.trim(),
    recipe: recipeOf(recipe),
    ...(token.trim() !== '' && { accessToken: token.trim() }),
  });
  const general = wrong.filter(({ path }) => !path.some((name) => FIELDS.includes(name)));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run(datasetIds.map(inputOf));
  };
  return (
      <form onSubmit={submit} className="flex flex-col gap-4">
        <PresetPills
          presets={presets}
          recipe={recipe}
          onKeep={(name) => void keep(name, tokenizer.trim() || null, recipe)}
          onRemove={(preset) => void remove(preset)}
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
        <Field
          label="Access token"
          type="password"
          autoComplete="off"
          placeholder="only for private or gated tokenizers"
          value={token}
          onChange={(event) => { setToken(event.target.value); }}
          wrong={wrongWith(wrong, 'accessToken')}
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

function useRun(onDone: () => void) {
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
    onDone();
  };
  return { run, wrong, isBusy };
}
