import type { RefusalTexts } from './refusal-texts.ts';

const printerFaults = {
  paper_out: 'The printer has no paper. Put in a new roll.',
  cover_open: 'The cover of the printer is open. Close it.',
  error: 'The printer reports an error. Switch it off and on again.',
  unreachable: 'The printer does not answer. Check that it is switched on and connected.',
} as const;

/** Refusals in English: what is wrong, then what to do. */
export const englishRefusals: RefusalTexts = {
  no_reading: ({ ageMs }, say) =>
    ageMs === null
      ? 'The indicator has sent no weight yet. Check that it is switched on and connected.'
      : `The indicator has sent no weight for ${say.seconds(ageMs)}. Check its cable, its power and its settings.`,
  not_stable: () => 'The weight is still moving. Wait until the truck stands still.',
  below_threshold: ({ thresholdKg }, say) =>
    `There is no truck on the deck: the weight is below ${say.kg(thresholdKg)}.`,
  overloaded: () => 'The load is above the capacity of the scale. Drive off and reduce the load.',
  underloaded: () => 'The scale shows less than zero. Empty the deck and set the indicator to zero.',
  above_maximum: ({ maxKg }, say) =>
    `The weight is above the maximum of ${say.kg(maxKg)}. Drive off and reduce the load.`,
  not_gross: () => 'The indicator shows net. Clear the tare on the indicator so that it shows gross.',
  unit_unknown: () =>
    'The indicator does not say its unit. Set it to kg, t or lb, or name the unit beside its model in the configuration.',
  unit_changed: ({ expected, shown }, say) =>
    `The indicator shows ${shown === null ? 'no unit' : say.name(shown)}, and was commissioned in ` +
    `${say.name(expected)}. Set it back, or commission the scale anew.`,
  interval_changed: ({ value, unit, interval }, say) =>
    `The indicator shows ${say.number(`${value} ${unit}`)}, and was commissioned with steps of ` +
    `${say.number(`${interval} ${unit}`)}. Set it back, or commission the scale anew.`,
  not_recordable: () =>
    'The indicator shows a finer or test value that may not be recorded. Return it to normal weighing.',
  already_registered: () =>
    'This load is registered already. Drive off; the next weighing needs an empty deck in between.',
  session_open: ({ truck }, say) => `Truck ${say.name(truck)} is inside already. Weigh it out first.`,
  no_open_session: ({ truck }, say) =>
    `Truck ${say.name(truck)} was not weighed in, so it cannot be weighed out. Weigh it in first.`,
  truck_missing: ({ direction }) => `A weighing ${direction} needs the truck's plate.`,
  negative_net: ({ firstKg, secondKg, netKg }, say) =>
    `Net would be ${say.kg(netKg)}: ${say.kg(firstKg)} in, ${say.kg(secondKg)} out. ` +
    'Is the direction reversed, or is this another truck?',
  containers_heavier: ({ secondKg, truckTareKg }, say) =>
    `The containers named weigh more than what stands on the deck (${say.kg(secondKg)}), which would leave ` +
    `${say.kg(truckTareKg)} for the truck. Check which containers are on it.`,
  scale_missing: ({ known }, say) => `Say which scale: ${say.names(known)}.`,
  unknown_scale: ({ scaleId, known }, say) =>
    `There is no scale ${say.name(scaleId)} here. Scales: ${say.names(known)}.`,
  below_minimum: ({ minKg }, say) =>
    `The weight is below the minimum of this scale, ${say.kg(minKg)}. Weigh it on a smaller scale.`,
  no_zero_since_last_truck: ({ zeroBandKg }, say) =>
    `The scale has not returned to zero (within ${say.kg(zeroBandKg)}) since the last truck. Drive off, clear the deck, ` +
    'and set the indicator to zero if it shows another weight.',
  printer_not_ready: ({ reason }) => `${printerFaults[reason]} No truck is weighed here without a ticket.`,
  storage_low: () =>
    'There is too little room left to store another weighing. Ask for the disk of this computer to be cleared.',
  seal_broken: ({ brokenAtSeq }, say) =>
    `The journal of this computer is broken at entry ${say.number(String(brokenAtSeq))}: the seal is broken. Call ` +
    'service; weighing goes on when they have acknowledged it.',
  position_cut: ({ beam }, say) =>
    beam === null
      ? 'The truck does not stand wholly on the deck. Move it until all wheels are on.'
      : `The truck does not stand wholly on the deck: it cuts ${say.name(beam)}. Move it until all wheels are on.`,
  position_unknown: ({ sensor }, say) =>
    `The position sensor ${say.name(sensor)} does not answer, so nobody knows whether the truck stands wholly on the ` +
    'deck. Check its cable and its power, or call service.',
  alibi_missing: () =>
    'The indicator has not kept this weight in its own alibi memory yet. Wait a moment; if it stays so, call service.',
  software_unverified: () =>
    'The software of this computer is not one that was released and signed for it. Call service; nothing is weighed until the right one runs.',
  over_legal_gross: ({ truck, legalGrossKg, overKg }, say) =>
    `Truck ${say.name(truck)} is ${say.kg(overKg)} over its legal gross of ${say.kg(legalGrossKg)}. Reduce the load.`,
  stored_tare_unattended: () =>
    'A stored tare is used here only while somebody is signed in. Ask at the desk.',
  tare_unknown: ({ containers }, say) =>
    `There is no tare of container ${say.names(containers)}, so the truck cannot be weighed once. Set its tare, or weigh the truck in and out.`,
  stored_tare_missing: ({ truck }, say) =>
    `There is no stored tare of truck ${say.name(truck)}. Weigh it in and out.`,
  stored_tare_expired: ({ truck, validUntil }, say) =>
    `The stored tare of truck ${say.name(truck)} was valid until ${say.number(validUntil)}. Weigh it empty again, or confirm it at the desk.`,
  preset_tare_above_maximum: ({ maxKg }, say) =>
    `The typed tare is above the maximum of the scale, ${say.kg(maxKg)}. Check the figure and type it again.`,
  tare_heavier: ({ grossKg, tareKg }, say) =>
    `The truck and its containers should weigh ${say.kg(tareKg)} empty, and only ${say.kg(grossKg)} stand on the deck. ` +
    'Is this another truck?',
  session_unknown: () => 'There is no such session here. Check its number.',
  session_superseded: () =>
    'This session counts no more: a later weighing in took its place. Look at that one.',
  session_voided: () => 'This session is void already. There is nothing more to do.',
  second_person_missing: () =>
    'This takes two people, one of them a supervisor. Ask a second person for their PIN.',
  provider_revoked: ({ truck, provider }, say) =>
    `Truck ${say.name(truck)} belongs to ${say.name(provider)}, who may not deliver any more. Ask the office.`,
  tares_stale: ({ confirmedOn }, say) =>
    `The tares were last confirmed on ${say.number(confirmedOn)}, which is too long ago to weigh a truck once. Weigh it in and out.`,
  same_person: ({ by }, say) => `${say.name(by)} cannot be the second person as well. Ask somebody else.`,
};
