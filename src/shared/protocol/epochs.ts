// Which of two origins of a stream is the real one. Every node decides it the same way, without asking anybody.
import { Type } from "typebox";

/** A stream has a new origin a few times a day. What is higher was forged or broken, and would leave no epoch for anybody else. */
export const maxEpoch = 999_999_999_999;
export const Epoch = Type.Integer({ minimum: 1, maximum: maxEpoch });

/** @param value from outside. */
export function isEpoch(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maxEpoch;
}

export interface OriginClaim {
  readonly epoch: number;
  readonly nodeId: string;
}

/** The higher epoch wins. Two that were taken at the same time on two nodes (only while the master is away) are told apart by the node id. */
export function winsOver(a: OriginClaim, b: OriginClaim): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.nodeId > b.nodeId);
}
