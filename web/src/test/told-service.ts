import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { vi } from 'vitest';
import { WebSocketServer } from 'ws';

interface Message {
  readonly id: string;
  readonly type: string;
  readonly payload: { readonly variables: Record<string, unknown> };
}

/** Something that is watched. */
export interface Watched {
  readonly variables: Record<string, unknown>;
  next: (result: object) => void;
  error: (...errors: object[]) => void;
  complete: () => void;
  /** The connection is gone. */
  lose: () => void;
}

/** A service that tells those who watch what a test has it tell. */
export class ToldService {
  /** One for each time that somebody began to watch, in their order. */
  readonly watched: Watched[] = [];
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  async listens(): Promise<this> {
    await once(this.server, 'listening');
    this.server.on('connection', (socket) => {
      const tell = (message: object) => { socket.send(JSON.stringify(message)); };
      socket.on('message', (text: Buffer) => {
        const { id, type, payload } = JSON.parse(text.toString()) as Message;
        if (type === 'connection_init') tell({ type: 'connection_ack' });
        if (type !== 'subscribe') return;
        this.watched.push({
          variables: payload.variables,
          next: (result) => { tell({ id, type: 'next', payload: result }); },
          error: (...errors) => { tell({ id, type: 'error', payload: errors }); },
          complete: () => { tell({ id, type: 'complete' }); },
          lose: () => { socket.terminate(); },
        });
      });
    });
    return this;
  }

  /** Where a client asks. */
  get address(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/graphql`;
  }

  /** Who watches, as soon as somebody does so for this time. */
  async watcher(time = 1): Promise<Watched> {
    return await vi.waitFor(() => {
      const found = this.watched[time - 1];
      if (!found) throw new Error('Nobody watches.');
      return found;
    });
  }

  async stop(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await promisify(this.server.close.bind(this.server))();
  }
}
