import type { Padding, PresetPartsFragment, SequenceMode, Tail, TokenizationRecipeInput } from '#graphql';

/** What a recipe may say that has no field in the form: it comes with a preset, and goes on with it. */
export type Beyond = Pick<
  TokenizationRecipeInput,
  'template' | 'textColumns' | 'chatColumn' | 'splits' | 'addSpecialTokens' | 'beginToken' | 'endOfDocumentToken' | 'separatorToken' | 'onError'
>;

/** What is typed of a recipe: numbers as text, empty where the default is wanted. */
export interface RecipeTyped {
  readonly mode: SequenceMode;
  readonly maxLength: string;
  readonly stride: string;
  readonly padding: Padding;
  readonly padToken: string;
  readonly tail: Tail;
  readonly minTokens: string;
}

export interface RecipeForm extends RecipeTyped {
  readonly beyond: Beyond;
}

export const DEFAULT_RECIPE: RecipeForm = { mode: 'TRUNCATE', maxLength: '512', stride: '', padding: 'NONE', padToken: '', tail: 'KEEP', minTokens: '', beyond: {} };

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

/** Only what is padded has a token for it. */
export const isPadded = ({ mode, padding, tail }: RecipeTyped): boolean => (mode === 'PACK' ? tail === 'PAD' : padding !== 'NONE');

export function recipeOf(form: RecipeForm): TokenizationRecipeInput {
  const { mode, maxLength, stride, padding, padToken, tail, minTokens, beyond } = form;
  const { beginToken, endOfDocumentToken, separatorToken, ...ofAnyMode } = beyond;
  return {
    mode,
    ...(maxLength !== '' && { maxLength: Number(maxLength) }),
    ...(mode === 'WINDOW' && stride !== '' && { stride: Number(stride) }),
    ...(mode !== 'PACK' && { padding }),
    ...(isPadded(form) && padToken !== '' && { padToken }),
    ...(mode === 'PACK' && { tail, ...said({ beginToken, endOfDocumentToken, separatorToken }) }),
    ...(minTokens !== '' && { minTokens: Number(minTokens) }),
    ...ofAnyMode,
  };
}

export function formOf(recipe: PresetPartsFragment['recipe']): RecipeForm {
  const { mode, maxLength, stride, padding, padToken, tail, minTokens } = recipe;
  const text = (of: number | null) => (of === null || of === 0 ? '' : String(of));
  return { mode, maxLength: text(maxLength), stride: text(stride), padding, padToken: padToken ?? '', tail: tail ?? 'KEEP', minTokens: text(minTokens), beyond: beyondOf(recipe) };
}

function beyondOf(recipe: PresetPartsFragment['recipe']): Beyond {
  const { template, textColumns, chatColumn, splits, addSpecialTokens, beginToken, endOfDocumentToken, separatorToken, onError } = recipe;
  return said({
    template,
    textColumns,
    chatColumn,
    splits,
    // a chat template sets its own
    addSpecialTokens: addSpecialTokens === (chatColumn === null) ? null : addSpecialTokens,
    beginToken,
    endOfDocumentToken,
    separatorToken,
    onError: onError === 'FAIL' ? null : onError,
  });
}

const NAMES: Record<keyof Beyond, string> = {
  template: 'template',
  textColumns: 'columns',
  chatColumn: 'chat column',
  splits: 'splits',
  addSpecialTokens: 'special tokens',
  beginToken: 'begin with',
  endOfDocumentToken: 'end of a text',
  separatorToken: 'between texts',
  onError: 'on an error',
};

/** "template {title}: {text} · on an error skip"; empty where the form shows it all. */
export function beyondLine(beyond: Beyond): string {
  const told = (value: unknown) => (Array.isArray(value) ? value.join(', ') : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value));
  const parts = Object.entries(beyond).map(([name, value]) => `${NAMES[name as keyof Beyond]} ${name === 'onError' ? told(value).toLowerCase() : told(value)}`);
  return parts.join(' · ');
}

/** What says something. */
function said<Values extends object>(values: Values): { [Name in keyof Values]?: NonNullable<Values[Name]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined)) as { [Name in keyof Values]?: NonNullable<Values[Name]> };
}
