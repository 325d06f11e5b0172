import type { ChangeEvent } from 'react';

import type { Padding, SequenceMode, Tail } from '#graphql';

import { type Wrong, wrongWith } from '../../service/act';
import { Choice, Field } from '../../ui/Field';
import { isPadded, type RecipeForm, type RecipeTyped } from './recipe-form';

const MODES: Record<SequenceMode, string> = { TRUNCATE: 'Cut each text', WINDOW: 'Windows over each text', PACK: 'One stream, cut' };
const PADDINGS: Record<Padding, string> = { NONE: 'None', LONGEST: 'To the longest', MAX_LENGTH: 'To the full length' };
const TAILS: Record<Tail, string> = { KEEP: 'Keep it shorter', PAD: 'Fill it up', DROP: 'Leave it out' };

interface Props {
  recipe: RecipeForm;
  onChange: (recipe: RecipeForm) => void;
  wrong: readonly Wrong[];
}

/** What is done with the texts. Only what the mode has is asked for. */
export function RecipeFields({ recipe, onChange, wrong }: Props) {
  const field = (name: keyof RecipeTyped) => ({
    value: recipe[name],
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) => { onChange({ ...recipe, [name]: event.target.value }); },
    wrong: wrongWith(wrong, name),
  });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Choice label="Sequences" {...field('mode')}>
        <Options of={MODES} />
      </Choice>
      <Field label="Longest, in tokens" type="number" min={1} placeholder="the tokenizer's own" {...field('maxLength')} />
      {recipe.mode === 'WINDOW' && <Field label="Shared tokens" type="number" min={0} placeholder="0" {...field('stride')} />}
      {recipe.mode === 'PACK' ? (
        <Choice label="End of a split" {...field('tail')}>
          <Options of={TAILS} />
        </Choice>
      ) : (
        <Choice label="Padding" {...field('padding')}>
          <Options of={PADDINGS} />
        </Choice>
      )}
      {isPadded(recipe) && <Field label="Token to pad with" placeholder="the tokenizer's own" {...field('padToken')} />}
      <Field label="Leave out texts below" type="number" min={0} placeholder="0 tokens" {...field('minTokens')} />
    </div>
  );
}

function Options({ of }: { of: Record<string, string> }) {
  return Object.entries(of).map(([name, label]) => (
    <option key={name} value={name}>
      {label}
    </option>
  ));
}
