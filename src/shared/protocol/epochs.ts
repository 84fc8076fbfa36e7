// Which of two origins of a stream is the real one. Every node decides it the same way, without asking anybody.

export interface OriginClaim {
  readonly epoch: number;
  readonly nodeId: string;
}

/** The higher epoch wins. Two that were taken at the same time on two nodes (only while the master is away) are told apart by the node id. */
export function winsOver(a: OriginClaim, b: OriginClaim): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.nodeId > b.nodeId);
}
