import { useEffect, useState } from 'react';
import { type Client, useClient } from 'urql';

import { DeletePresetDocument, type PresetPartsFragment, PresetsDocument, SavePresetDocument } from '#graphql';

import { say } from '../../app/toasts';
import { useAct } from '../../service/act';
import { everyPage } from '../../service/every-page';
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
  const client = useClient();
  const [presets, setPresets] = useState<readonly PresetPartsFragment[]>([]);
  const refresh = async () => { setPresets((await all(client)) ?? presets); };
  useEffect(() => { void all(client).then((found) => { setPresets(found ?? []); }); }, [client]);
  const keep = async (name: string, tokenizer: string | null, recipe: RecipeForm) => {
    const { wrong } = await act(SavePresetDocument, { name, tokenizer, recipe: recipeOf(recipe) });
    say(wrong[0]?.message ?? `Kept as “${name}”.`, { isWrong: wrong.length > 0 });
    await refresh();
  };
  const remove = async ({ id, name, tokenizer, recipe }: PresetPartsFragment) => {
    const { wrong } = await act(DeletePresetDocument, { presetId: id });
    if (wrong[0]) say(wrong[0].message, { isWrong: true });
    else say(`Removed the preset “${name}”.`, { action: { label: 'Undo', run: () => void keep(name, tokenizer, formOf(recipe)) } });
    await refresh();
  };
  return { presets, keep, remove };
}

const all = (client: Client): Promise<readonly PresetPartsFragment[] | null> =>
  everyPage(async (after) => {
    const { data } = await client.query(PresetsDocument, { after }, { requestPolicy: 'network-only' }).toPromise();
    return data?.presets;
  });
