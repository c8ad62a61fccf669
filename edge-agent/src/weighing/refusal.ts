/** Why a weighing was refused. Codes are stable; the words are for the person at the scale. */
export type Refusal =
  | { code: 'no_reading'; ageMs: number | null }
  | { code: 'not_stable' }
  | { code: 'below_threshold'; thresholdKg: number }
  | { code: 'overloaded' }
  | { code: 'underloaded' }
  | { code: 'above_maximum'; maxKg: number }
  | { code: 'not_gross' }
  | { code: 'unit_unknown' }
  | { code: 'unit_changed'; expected: string; shown: string | null }
  | { code: 'interval_changed'; interval: string; unit: string; value: string }
  | { code: 'not_recordable' }
  | { code: 'already_registered' }
  | { code: 'session_open'; truck: string; sessionId: string }
  | { code: 'no_open_session'; truck: string }
  | { code: 'truck_missing'; direction: 'in' | 'out' }
  | { code: 'negative_net'; firstKg: number; secondKg: number; netKg: number }
  | { code: 'containers_heavier'; secondKg: number; truckTareKg: number }
  | { code: 'scale_missing'; known: readonly string[] }
  | { code: 'unknown_scale'; scaleId: string; known: readonly string[] };

/** The refusal in plain English: what is wrong and what to do. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.code) {
    case 'no_reading':
      return refusal.ageMs === null
        ? 'The indicator has sent no weight yet. Check that it is switched on and connected.'
        : `The indicator has sent no weight for ${(refusal.ageMs / 1000).toFixed(1)} s. Check its cable and power.`;
    case 'not_stable':
      return 'The weight is still moving. Wait until the truck stands still.';
    case 'below_threshold':
      return `There is no truck on the deck: the weight is below ${refusal.thresholdKg} kg.`;
    case 'overloaded':
      return 'The load is above the capacity of the scale. Drive off and reduce the load.';
    case 'underloaded':
      return 'The scale shows less than zero. Empty the deck and set the indicator to zero.';
    case 'above_maximum':
      return `The weight is above the maximum of ${refusal.maxKg} kg. Drive off and reduce the load.`;
    case 'not_gross':
      return 'The indicator shows net. Clear the tare on the indicator so that it shows gross.';
    case 'unit_unknown':
      return 'The indicator does not say its unit. Set it to kg, t or lb.';
    case 'unit_changed':
      return (
        `The indicator shows ${refusal.shown ?? 'no unit'}, and was commissioned in ${refusal.expected}. ` +
        'Set it back, or commission the scale anew.'
      );
    case 'interval_changed':
      return (
        `The indicator shows ${refusal.value} ${refusal.unit}, and was commissioned with steps of ${refusal.interval} ` +
        `${refusal.unit}. Set it back, or commission the scale anew.`
      );
    case 'not_recordable':
      return 'The indicator shows a finer or test value that may not be recorded. Return it to normal weighing.';
    case 'already_registered':
      return 'This load is registered already. Drive off; the next weighing needs an empty deck in between.';
    case 'session_open':
      return `Truck ${refusal.truck} is inside already. Weigh it out first.`;
    case 'no_open_session':
      return `Truck ${refusal.truck} was not weighed in, so it cannot be weighed out. Weigh it in first.`;
    case 'truck_missing':
      return `A weighing ${refusal.direction} needs the truck's plate.`;
    case 'negative_net':
      return (
        `Net would be ${refusal.netKg} kg: ${refusal.firstKg} kg in, ${refusal.secondKg} kg out. ` +
        'Is the direction reversed, or is this another truck?'
      );
    case 'containers_heavier':
      return (
        `The containers named weigh more than what stands on the deck (${refusal.secondKg} kg): ` +
        'check which containers are on the truck.'
      );
    case 'scale_missing':
      return `Say which scale: ${refusal.known.join(', ')}.`;
    case 'unknown_scale':
      return `There is no scale ${refusal.scaleId} here. Scales: ${refusal.known.join(', ')}.`;
  }
}
