import { BookmarkPlus, X } from 'lucide-react';
import { useState } from 'react';

import type { PresetPartsFragment } from '#graphql';

import { Button, IconButton } from '../../ui/Button';
import { inputClass } from '../../ui/Field';
import { pillClass } from '../../ui/pill';
import { beyondLine, BUILT_IN, formOf, type RecipeForm } from './recipe-form';

interface Props {
  presets: readonly PresetPartsFragment[];
  recipe: RecipeForm;
  onChoose: (recipe: RecipeForm, tokenizer: string | null) => void;
  onKeep: (name: string) => void;
  onRemove: (preset: PresetPartsFragment) => void;
}

/** Recipes to begin with: ours, and those that were kept. */
export function PresetPills({ presets, recipe, onChoose, onKeep, onRemove }: Props) {
  const isChosen = (other: RecipeForm) => JSON.stringify(other) === JSON.stringify(recipe);
  const hint = Object.values(BUILT_IN).find((preset) => isChosen(preset.recipe))?.hint;
  const beyond = beyondLine(recipe.beyond);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap gap-2" role="group" aria-label="Presets">
        {Object.entries(BUILT_IN).map(([name, preset]) => (
          <button key={name} type="button" className={pillClass} aria-pressed={isChosen(preset.recipe)} onClick={() => { onChoose(preset.recipe, null); }}>
            {preset.label}
          </button>
        ))}
        {presets.map((preset) => (
          <span key={preset.id} className="flex items-center">
            <button type="button" className={pillClass} aria-pressed={isChosen(formOf(preset.recipe))} onClick={() => { onChoose(formOf(preset.recipe), preset.tokenizer); }}>
              {preset.name}
            </button>
            <IconButton label={`Remove the preset ${preset.name}`} className="h-8 w-8" onClick={() => { onRemove(preset); }}>
              <X />
            </IconButton>
          </span>
        ))}
        <Keep onKeep={onKeep} />
      </div>
      <p className="min-h-4 text-xs break-words text-muted">{beyond === '' ? hint : `Beside what stands below: ${beyond}`}</p>
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
