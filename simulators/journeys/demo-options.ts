import type { DemoOptions } from '../src/demo/demo-options.ts';

/** A plant in a folder of its own, on free ports, with trucks that hurry. */
export function demoOptions(dataDir: string, more: Partial<DemoOptions> = {}): DemoOptions {
  return {
    once: true,
    json: false,
    serial: false,
    speed: 20,
    seed: 1,
    dataDir,
    cloudPort: 0,
    edgePort: 0,
    mqttPort: 0,
    enrolPort: 0,
    scalePort: 0,
    ...more,
  };
}
