import { useQuery } from 'urql';

import { DeletePresetDocument, type PresetPartsFragment, PresetsDocument, SavePresetDocument } from '#graphql';

import { say } from '../../app/toasts';
import { useAct } from '../../service/act';
import { formOf, type RecipeForm, recipeOf } from './recipe-form';

interface Presets {
  readonly presets: readonly PresetPartsFragment[];
  keep: (name: string, tokenizer: string | null, recipe: RecipeForm) => Promise<void>;
  /** With a way back. */
  remove: (preset: PresetPartsFragment) => Promise<void>;
}

/** The recipes that were kept. */
export function usePresets(): Presets {
  const act = useAct();
  const [{ data }, ask] = useQuery({ query: PresetsDocument, requestPolicy: 'cache-and-network' });
  const refresh = () => { ask({ requestPolicy: 'network-only' }); };
  const keep = async (name: string, tokenizer: string | null, recipe: RecipeForm) => {
    const { wrong } = await act(SavePresetDocument, { name, tokenizer, recipe: recipeOf(recipe) });
    say(wrong[0]?.message ?? `Kept as “${name}”.`, { isWrong: wrong.length > 0 });
    refresh();
  };
  const remove = async ({ id, name, tokenizer, recipe }: PresetPartsFragment) => {
    const { wrong } = await act(DeletePresetDocument, { presetId: id });
    if (wrong[0]) say(wrong[0].message, { isWrong: true });
    else say(`Removed the preset “${name}”.`, { action: { label: 'Undo', run: () => void keep(name, tokenizer, formOf(recipe)) } });
    refresh();
  };
  return { presets: data?.presets.nodes ?? [], keep, remove };
}
