import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks for what nobody else should see. */
export interface PinPrompt extends Disposable {
  /** @returns what was typed; nothing when the input has ended */
  ask(question: string): Promise<string>;
}

/** Asks on standard error and reads lines of standard input; on a terminal what is typed is not shown. */
export function openPinPrompt(): PinPrompt {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: unseen,
    terminal: process.stdin.isTTY === true,
  });
  const typed = lines[Symbol.asyncIterator]();
  return {
    async ask(question) {
      process.stderr.write(question);
      const line = await typed.next();
      process.stderr.write('\n');
      return line.done === true ? '' : line.value.trim();
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
