import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RegisteredWeight } from '@weighgate/protocol';
import { type Config, readConfig } from './config.ts';
import { svgOfCurves } from './curve-svg.ts';
import type { Indicator } from './indicator/indicator.ts';
import { indicatorConfig } from './indicator/models.ts';
import { openDatabaseReadOnly } from './store/open-database.ts';
import { weighingEntriesOf } from './store/session-entries.ts';
import { UsageError } from './usage-error.ts';
import { curvesOf, textOfCurve, type WeightCurve } from './weight-curve.ts';

/**
 * `replay SESSION`: reads the frames kept with a session's weights once more, as text and as an SVG.
 * @returns the exit code: 1 when there is no such session
 */
export function replayCommand(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { config: { type: 'string', default: 'edge.yaml' }, svg: { type: 'string' } },
  });
  const [sessionId, ...more] = positionals;
  if (sessionId === undefined || more.length > 0) throw new UsageError('Name one session: replay SESSION');
  const config = readConfig(values.config);
  const curves = curvesIn(config, sessionId);
  if (curves.length === 0) {
    process.stdout.write(`there is no session ${sessionId} here\n`);
    return 1;
  }
  const file = resolve(values.svg ?? `${sessionId}.svg`);
  writeFileSync(file, svgOfCurves(curves));
  process.stdout.write(`${curves.map(textOfCurve).join('\n\n')}\n\ndrawn in ${file}\n`);
  return 0;
}

function curvesIn(config: Config, sessionId: string): WeightCurve[] {
  const database = openDatabaseReadOnly(config.dataDir);
  try {
    return weighingEntriesOf(database, sessionId).flatMap(({ body }) =>
      'weight' in body && 'ticketNo' in body
        ? curvesOf(body.weight, body.ticketNo, (part) => indicatorAsSet(config, part))
        : [],
    );
  } finally {
    database.close();
  }
}

/** The indicator as it was set when it sent the frames; a make that only this site defines is read as it is set now. */
function indicatorAsSet(
  config: Config,
  { scaleId, indicator }: { scaleId: string; indicator: RegisteredWeight['indicator'] },
): Indicator {
  const parsed = indicatorConfig.safeParse({ ...indicator.options, model: indicator.model });
  if (parsed.success) return parsed.data;
  const scale = config.scales.find(({ id }) => id === scaleId);
  if (scale === undefined || scale.indicator.model !== indicator.model)
    throw new UsageError(`The frames are of a model ${indicator.model} that is not known here.`);
  return scale.indicator;
}
