import type { Padding, PresetPartsFragment, SequenceMode, Tail, TokenizationRecipeInput } from '#graphql';

/** A recipe as it is typed: numbers as text, empty where the default is wanted. */
export interface RecipeForm {
  readonly mode: SequenceMode;
  readonly maxLength: string;
  readonly stride: string;
  readonly padding: Padding;
  readonly padToken: string;
  readonly tail: Tail;
  readonly minTokens: string;
}

export const DEFAULT_RECIPE: RecipeForm = { mode: 'TRUNCATE', maxLength: '512', stride: '', padding: 'NONE', padToken: '', tail: 'KEEP', minTokens: '' };

interface Preset {
  readonly label: string;
  readonly hint: string;
  readonly recipe: RecipeForm;
}

/** What most people want, under the name of what it is for. */
export const BUILT_IN: Record<string, Preset> = {
  cut: { label: 'Read each text', hint: 'The first tokens of each text, one sequence a text.', recipe: DEFAULT_RECIPE },
  windows: { label: 'Lose nothing', hint: 'Windows over each text that share some tokens.', recipe: { ...DEFAULT_RECIPE, mode: 'WINDOW', stride: '64' } },
  pack: { label: 'Train', hint: 'All texts in one stream, cut into sequences of one length.', recipe: { ...DEFAULT_RECIPE, mode: 'PACK', maxLength: '1024', tail: 'DROP' } },
};

export function recipeOf({ mode, maxLength, stride, padding, padToken, tail, minTokens }: RecipeForm): TokenizationRecipeInput {
  return {
    mode,
    ...(maxLength !== '' && { maxLength: Number(maxLength) }),
    ...(mode === 'WINDOW' && stride !== '' && { stride: Number(stride) }),
    ...(mode !== 'PACK' && { padding }),
    ...(padToken !== '' && { padToken }),
    ...(mode === 'PACK' && { tail }),
    ...(minTokens !== '' && { minTokens: Number(minTokens) }),
  };
}

export function formOf({ mode, maxLength, stride, padding, padToken, tail, minTokens }: PresetPartsFragment['recipe']): RecipeForm {
  const text = (of: number | null) => (of === null || of === 0 ? '' : String(of));
  return { mode, maxLength: text(maxLength), stride: text(stride), padding, padToken: padToken ?? '', tail: tail ?? 'KEEP', minTokens: text(minTokens) };
}
