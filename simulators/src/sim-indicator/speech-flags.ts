import type { z } from 'zod';
import type { IndicatorSpeech } from '../indicator-lines.ts';
import { protocols } from '../indicator-simulator/protocols.ts';
import { halvesOf, WrongFlagError } from './flag-value.ts';

/** The protocol of --model with its --option and --sending. @throws WrongFlagError */
export function speechOf(
  model: string | undefined,
  given: readonly string[],
  sending: string | undefined,
): Required<IndicatorSpeech> {
  if (model === undefined) throw new WrongFlagError('Say which protocol with --model; --list shows them.');
  const protocol = protocols.get(model);
  if (protocol === undefined) throw new WrongFlagError(`There is no protocol "${model}"; --list shows them.`);
  if (sending !== undefined && sending !== 'continuous' && sending !== 'demand') {
    throw new WrongFlagError(`--sending is continuous or demand, not "${sending}".`);
  }
  const options = Object.fromEntries(given.map((pair) => optionOf(pair, protocol.options)));
  const checked = protocol.options.safeParse(options);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new WrongFlagError(`--option ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`);
  }
  return { protocol, options, sending: sending ?? protocol.mode };
}

/** Numbers and words that are written alike: `01` is an address, 1 a number, as the option has it. */
function optionOf(pair: string, schema: z.ZodObject): [string, unknown] {
  const [name, value] = halvesOf('--option', pair);
  const field = schema.shape[name];
  if (field === undefined) {
    const known = Object.keys(schema.shape);
    throw new WrongFlagError(
      `There is no option "${name}" here. ${known.length === 0 ? 'This protocol has none.' : `Options: ${known.join(', ')}.`}`,
    );
  }
  const words: Record<string, unknown> = { true: true, false: false };
  const asWritten = (field as z.ZodType).safeParse(value).success;
  return [name, asWritten ? value : (words[value] ?? Number(value))];
}
