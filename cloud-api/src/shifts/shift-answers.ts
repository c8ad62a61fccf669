import type { Context } from 'hono';
import { answerProblem } from '../http/problem.ts';
import type { AppEnv } from '../http/router.ts';
import type { TimeFault } from './shift-rules.ts';

const timeFaultTexts: Readonly<Record<TimeFault, string>> = {
  ends_before_it_begins: 'a shift ends after it begins',
  in_the_future: 'a shift that is not over yet has no end',
  too_long:
    'it would be longer than a shift may be: say when it really ended, with force-close and a reason, or change the rule',
};

export function answerTimeFault(c: Context<AppEnv>, fault: TimeFault) {
  const code = `shift-${fault.replaceAll('_', '-')}`;
  return answerProblem(c, 409, { code, title: 'Not a time for a shift', detail: timeFaultTexts[fault] });
}

export function answerAtKiosk(c: Context<AppEnv>, device: string) {
  return answerProblem(c, 409, {
    code: 'shift-at-kiosk',
    title: 'Shift of a kiosk',
    detail: `it was begun at the kiosk of ${device}; end it there, where a supervisor can do so in the operator’s place`,
  });
}

export function answerNoShift(c: Context<AppEnv>, detail: 'Shift not found' | 'Active shift not found') {
  return answerProblem(c, 404, { code: 'not-found', title: 'Not found', detail });
}
