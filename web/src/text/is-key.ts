/** Whether a word, of an address say, is a name in here; `toString`, which every object has, is none. */
export const isKey = <Key extends string>(of: Record<Key, unknown>, word: string | null): word is Key => word !== null && Object.hasOwn(of, word);
