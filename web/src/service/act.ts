import { useCallback } from 'react';
import { type Client, type CombinedError, type TypedDocumentNode, useClient } from 'urql';

import type { ErrorCode, UserErrorPartsFragment } from '#graphql';

import { newKey } from './key';

const TRIES = 4;
const WAIT_MILLISECONDS = 400;
const UNREACHED = 'The service cannot be reached. Try again when it answers.';

/** Why something was not done: what the service says, or that it could not be asked. */
export interface Wrong {
  readonly message: string;
  readonly code: ErrorCode | null;
  /** The field of the input that is at fault; empty where it is none. */
  readonly path: readonly string[];
  readonly duplicate: { readonly id: string; readonly name: string } | null;
}

export interface Outcome<Payload> {
  readonly payload: Payload | null;
  readonly wrong: readonly Wrong[];
}

interface Asked<Input> extends Record<string, unknown> {
  input: Input;
}

interface Answered {
  readonly errors: readonly UserErrorPartsFragment[];
}

/** A mutation has one root field. */
type PayloadOf<Data> = Data[keyof Data];

export type Act = <Data extends Record<string, Answered>, Input extends object>(
  document: TypedDocumentNode<Data, Asked<Input>>,
  input: Input,
) => Promise<Outcome<PayloadOf<Data>>>;

/** Has something done. A lost answer is asked for again under the same key, so it is done once: the input's own key, where it has one. */
export async function act<Data extends Record<string, Answered>, Input extends object>(
  client: Client,
  document: TypedDocumentNode<Data, Asked<Input>>,
  input: Input,
): Promise<Outcome<PayloadOf<Data>>> {
  const keyed = { input: { idempotencyKey: newKey(), ...input } };
  for (let tries = 1; ; tries += 1) {
    const { data, error } = await client.mutation<Data>(document, keyed).toPromise();
    if (data) return outcomeOf(Object.values(data)[0] as PayloadOf<Data>);
    if (error?.networkError && error.response === undefined && tries < TRIES) {
      await new Promise((resume) => setTimeout(resume, WAIT_MILLISECONDS * 2 ** tries));
    } else {
      return { payload: null, wrong: [{ message: error?.networkError ? UNREACHED : messageOf(error), code: null, path: [], duplicate: null }] };
    }
  }
}

export function useAct(): Act {
  const client = useClient();
  return useCallback((document, input) => act(client, document, input), [client]);
}

function outcomeOf<Payload extends Answered>(payload: Payload): Outcome<Payload> {
  return { payload: payload.errors.length === 0 ? payload : null, wrong: payload.errors.map(wrongOf) };
}

function wrongOf(error: UserErrorPartsFragment): Wrong {
  const { code, message, path } = error;
  return { code, message, path, duplicate: 'dataset' in error ? error.dataset : null };
}

/** Why it was refused for want of a token, which was forgotten with what was cancelled; null where it was not. */
export const wantedToken = ({ wrong }: Outcome<unknown>): string | null => wrong.find(({ code }) => code === 'AUTHENTICATION_REQUIRED')?.message ?? null;

/** What to say of a query that was not answered. */
export function messageOf(error: CombinedError | undefined): string {
  if (!error) return 'The service gave no answer.';
  if (error.networkError) return 'The service cannot be reached. It is tried again as soon as it answers.';
  return error.graphQLErrors.map(({ message }) => message).join(' ');
}

/** What is wrong with a field of the input, or with all of it (no name). */
export function wrongWith(wrong: readonly Wrong[], field?: string): string {
  const found = wrong.filter(({ path }) => (field === undefined ? path.length === 0 : path.includes(field)));
  return found.map(({ message }) => message).join(' ');
}
