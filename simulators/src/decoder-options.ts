import { modelNamed } from '@weighgate/edge-agent/src/indicator/models.ts';
import type { Indication } from './indicator-simulator/indicator.ts';

/** Where manuals leave a choice, and the simulated indicator made another than the model does by default. */
const agreed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'weightronix-wi110': { numberColumns: 5 },
  'cardinal-sb400': { decimalPoint: 'omitted' },
  'toledo-8217': { numberColumns: 5 },
  'systec-rn': { terminator: 'none' },
  'flintec-bsi': { address: '01' },
};

/**
 * Options under which a model of the agent reads what the simulated indicator of the same name sends. Facts the wire
 * does not carry are options of the model: its unit, and how many decimals the digits have.
 */
export function decoderOptionsOf(
  model: string,
  { unit, decimals }: Pick<Indication, 'unit' | 'decimals'>,
): Record<string, unknown> {
  const shape = modelNamed(model)?.options.shape ?? {};
  return {
    ...('unit' in shape ? { unit } : {}),
    ...('decimals' in shape ? { decimals } : {}),
    ...agreed[model],
  };
}
