const BYTES = 16;

/** One that no other has. `crypto.randomUUID` is only there on pages of HTTPS and of this very machine. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
