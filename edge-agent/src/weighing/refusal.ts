export type { Refusal } from '@weighgate/protocol';
