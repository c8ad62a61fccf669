import { z } from 'zod';
import type { Indicator } from './indicator.ts';
import type { IndicatorModel } from './model.ts';
import { bilanciaiCb } from './models/bilanciai-cb.ts';
import { bilanciaiD70 } from './models/bilanciai-d70.ts';
import { cardinalSb200 } from './models/cardinal-sb200.ts';
import { cardinalSb400 } from './models/cardinal-sb400.ts';
import { cas10 } from './models/cas-10.ts';
import { cas22 } from './models/cas-22.ts';
import { configurable } from './models/configurable.ts';
import { diniExtended } from './models/dini-extended.ts';
import { diniModbus } from './models/dini-modbus.ts';
import { erteLetter } from './models/erte-letter.ts';
import { fairbanksConcon } from './models/fairbanks-concon.ts';
import { fairbanksId } from './models/fairbanks-id.ts';
import { flintecBsi } from './models/flintec-bsi.ts';
import { flintecFast } from './models/flintec-fast.ts';
import { gramPc0 } from './models/gram-pc0.ts';
import { keliD2008Compact } from './models/keli-d2008-compact.ts';
import { keliD2008Modbus } from './models/keli-d2008-modbus.ts';
import { laumasModbus } from './models/laumas-modbus.ts';
import { letterStatus40 } from './models/letter-status-40.ts';
import { mtContinuous } from './models/mt-continuous.ts';
import { mtSics } from './models/mt-sics.ts';
import { nciScp } from './models/nci-scp.ts';
import { ohaus } from './models/ohaus.ts';
import { radwag } from './models/radwag.ts';
import { ricelakeCondec } from './models/ricelake-condec.ts';
import { rinstrumFmt1 } from './models/rinstrum-fmt1.ts';
import { rinstrumFmt2 } from './models/rinstrum-fmt2.ts';
import { rinstrumNet } from './models/rinstrum-net.ts';
import { sartoriusSbi } from './models/sartorius-sbi.ts';
import { sma } from './models/sma.ts';
import { stGsCsv } from './models/st-gs-csv.ts';
import { systecRn } from './models/systec-rn.ts';
import { toledo8217 } from './models/toledo-8217.ts';
import { transcellCondec } from './models/transcell-condec.ts';
import { weightronixStream } from './models/weightronix-stream.ts';
import { weightronixWi110 } from './models/weightronix-wi110.ts';
import { westernDf1500 } from './models/western-df1500.ts';
import { yaohuaA12 } from './models/yaohua-a12.ts';
import { yaohuaA12e } from './models/yaohua-a12e.ts';
import { yaohuaCommand } from './models/yaohua-command.ts';
import { yaohuaEq } from './models/yaohua-eq.ts';
import { yaohuaEqTerm } from './models/yaohua-eq-term.ts';
import { yaohuaXor } from './models/yaohua-xor.ts';

/** Every indicator the agent knows. A new one is a file under `models/` and a line here. */
export const models: readonly IndicatorModel[] = [
  mtContinuous,
  mtSics,
  sma,
  ricelakeCondec,
  stGsCsv,
  cas22,
  cas10,
  yaohuaXor,
  yaohuaEq,
  yaohuaEqTerm,
  yaohuaCommand,
  yaohuaA12,
  yaohuaA12e,
  cardinalSb400,
  cardinalSb200,
  weightronixStream,
  weightronixWi110,
  fairbanksConcon,
  fairbanksId,
  nciScp,
  toledo8217,
  ohaus,
  sartoriusSbi,
  rinstrumFmt1,
  rinstrumFmt2,
  rinstrumNet,
  flintecFast,
  flintecBsi,
  systecRn,
  bilanciaiD70,
  bilanciaiCb,
  radwag,
  transcellCondec,
  westernDf1500,
  gramPc0,
  erteLetter,
  letterStatus40,
  keliD2008Compact,
  diniExtended,
  laumasModbus,
  diniModbus,
  keliD2008Modbus,
  configurable,
];

/** The model of that name; undefined when there is none. */
export function modelNamed(name: string): IndicatorModel | undefined {
  return models.find((model) => model.name === name);
}

/** How an indicator stands in the configuration: the model's name, and its options beside it. */
export const indicatorConfig = z
  .looseObject({
    model: z.string(),
    stripParity: z.union([z.boolean(), z.stringbool()]).default(false),
  })
  .transform((config, context): Indicator => {
    const { model: name, stripParity, ...given } = config;
    const model = modelNamed(name);
    if (model === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['model'],
        message: `there is no model ${name}; known are ${models.map((known) => known.name).join(', ')}`,
      });
      return z.NEVER;
    }
    const options = model.options.safeParse(given);
    if (!options.success) {
      for (const { message, path, ...issue } of options.error.issues)
        context.addIssue({ ...issue, message, path });
      return z.NEVER;
    }
    const kept = textsOf({
      ...(model.keptOptions?.(options.data) ?? options.data),
      ...(stripParity ? { stripParity } : {}),
    });
    return { model: name, options: kept, stripParity, ...model.speak(options.data) };
  });

/** An indicator by its model's name and options. @throws z.ZodError when there is no such model or option */
export function indicatorOf(config: { model: string } & Record<string, unknown>): Indicator {
  return indicatorConfig.parse(config);
}

function textsOf(options: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, String(value)]));
}
