import { bilanciaiCb } from './bilanciai-cb.ts';
import { bilanciaiD70 } from './bilanciai-d70.ts';
import { cardinalSb200 } from './cardinal-sb200.ts';
import { cardinalSb400 } from './cardinal-sb400.ts';
import { cas10 } from './cas-10.ts';
import { cas22 } from './cas-22.ts';
import { diniExtended } from './dini-extended.ts';
import { diniModbus } from './dini-modbus.ts';
import { fairbanksConcon } from './fairbanks-concon.ts';
import { fairbanksId } from './fairbanks-id.ts';
import { flintecBsi } from './flintec-bsi.ts';
import { flintecFast } from './flintec-fast.ts';
import { gramPc0 } from './gram-pc0.ts';
import { keliD2008Compact } from './keli-d2008-compact.ts';
import { keliD2008Modbus } from './keli-d2008-modbus.ts';
import { laumasModbus } from './laumas-modbus.ts';
import { mtContinuous } from './mt-continuous.ts';
import { mtSics } from './mt-sics.ts';
import { nciScp } from './nci-scp.ts';
import { ohaus } from './ohaus.ts';
import { radwag } from './radwag.ts';
import { ricelakeCondec } from './ricelake-condec.ts';
import { rinstrumFmt1 } from './rinstrum-fmt1.ts';
import { rinstrumFmt2 } from './rinstrum-fmt2.ts';
import { rinstrumNet } from './rinstrum-net.ts';
import { sartoriusSbi } from './sartorius-sbi.ts';
import type { SimulatedProtocol } from './simulated-protocol.ts';
import { sma } from './sma.ts';
import { stGsCsv } from './st-gs-csv.ts';
import { systecRn } from './systec-rn.ts';
import { toledo8217 } from './toledo-8217.ts';
import { transcellCondec } from './transcell-condec.ts';
import { weightronixStream } from './weightronix-stream.ts';
import { weightronixWi110 } from './weightronix-wi110.ts';
import { westernDf1500 } from './western-df1500.ts';
import { yaohuaA12 } from './yaohua-a12.ts';
import { yaohuaA12e } from './yaohua-a12e.ts';
import { yaohuaCommand } from './yaohua-command.ts';
import { yaohuaEq } from './yaohua-eq.ts';
import { yaohuaXor } from './yaohua-xor.ts';

/** Every protocol an indicator can be simulated with, by its name. */
export const protocols: ReadonlyMap<string, SimulatedProtocol> = new Map(
  [
    mtContinuous,
    mtSics,
    sma,
    ricelakeCondec,
    stGsCsv,
    cas22,
    cas10,
    yaohuaXor,
    yaohuaEq,
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
    keliD2008Compact,
    diniExtended,
    laumasModbus,
    diniModbus,
    keliD2008Modbus,
  ].map((protocol) => [protocol.name, protocol]),
);
