import type { RunLink } from '@weighgate/edge-agent/src/sync/mqtt-link.ts';
import { downMessageSchema, type UpMessage } from '@weighgate/protocol';
import type { WeakEdge } from './edge-machine.ts';

/**
 * The edge deletes what is acknowledged: what was acknowledged once cannot be sent any more. What it deleted outlives
 * the process, as a disk does.
 */
export function deletingOnAck(): WeakEdge {
  const deletedTo = new Map<string, number>();
  const link = (run: RunLink): RunLink => {
    return (broker, subscriptions, will, onEvent, parts, signal) =>
      run(
        broker,
        subscriptions,
        will,
        (event) => {
          if (event.kind === 'message') noteAck(event.payload);
          if (event.kind !== 'up') {
            onEvent(event);
            return;
          }
          const { publish } = event;
          onEvent({
            ...event,
            publish: (topic, payload, options) =>
              isDeleted(payload) ? Promise.resolve() : publish(topic, payload, options),
          });
        },
        parts,
        signal,
      );
  };

  function noteAck(payload: Uint8Array): void {
    const message = downMessageSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
    if (message?.type !== 'ack') return;
    const { incarnation, upTo } = message;
    deletedTo.set(incarnation, Math.max(upTo, deletedTo.get(incarnation) ?? 0));
  }

  function isDeleted(payload: string): boolean {
    const message = JSON.parse(payload) as Partial<UpMessage>;
    return message.type === 'batch' && (message.from ?? 0) <= (deletedTo.get(message.incarnation ?? '') ?? 0);
  }

  return { link };
}

/** Parting begins a new life and carries nothing into it. */
export function forgettingToCarry(): WeakEdge {
  return {
    store: ({ journal }) => {
      const { append } = journal;
      journal.append = (content, uuid, at) =>
        content.kind === 'entry.carried'
          ? append({ kind: 'container_tare.set', body: { container: 'X', tareG: 1, previousTareG: null } })
          : append(content, uuid, at);
    },
  };
}
