import { BookmarkPlus } from 'lucide-react';
import { useState } from 'react';

import type { PresetPartsFragment } from '#graphql';

import { Button } from '../../ui/Button';
import { inputClass } from '../../ui/Field';
import { pillClass } from '../../ui/pill';
import { BUILT_IN, formOf, type RecipeForm } from './recipe-form';

interface Props {
  presets: readonly PresetPartsFragment[];
  recipe: RecipeForm;
  onChoose: (recipe: RecipeForm, tokenizer: string | null) => void;
  onKeep: (name: string) => void;
}

/** Recipes to begin with: ours, and those that were kept. */
export function PresetPills({ presets, recipe, onChoose, onKeep }: Props) {
  const isChosen = (other: RecipeForm) => JSON.stringify(other) === JSON.stringify(recipe);
  const hint = Object.values(BUILT_IN).find((preset) => isChosen(preset.recipe))?.hint;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap gap-2" role="group" aria-label="Presets">
        {Object.entries(BUILT_IN).map(([name, preset]) => (
          <button key={name} type="button" className={pillClass} aria-pressed={isChosen(preset.recipe)} onClick={() => { onChoose(preset.recipe, null); }}>
            {preset.label}
          </button>
        ))}
        {presets.map((preset) => (
          <button key={preset.id} type="button" className={pillClass} aria-pressed={isChosen(formOf(preset.recipe))} onClick={() => { onChoose(formOf(preset.recipe), preset.tokenizer); }}>
            {preset.name}
          </button>
        ))}
        <Keep onKeep={onKeep} />
      </div>
      <p className="min-h-4 text-xs text-muted">{hint}</p>
    </div>
  );
}

function Keep({ onKeep }: { onKeep: (name: string) => void }) {
  const [name, setName] = useState<string | null>(null);
  if (name === null) {
    return (
      <button type="button" className={pillClass} onClick={() => { setName(''); }}>
        <BookmarkPlus className="size-3.5" aria-hidden /> Keep this
      </button>
    );
  }
  const keep = () => {
    if (name.trim() !== '') onKeep(name.trim());
    setName(null);
  };
  return (
    <span className="flex gap-2">
      <input
        aria-label="Name of the preset"
        autoFocus
        value={name}
        onChange={(event) => { setName(event.target.value); }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          keep();
        }}
        className={`${inputClass} h-8 w-36`}
      />
      <Button className="h-8" onClick={keep}>Keep</Button>
    </span>
  );
}
