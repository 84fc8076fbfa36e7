// The shapes of names that cross the wire. What does not match is refused at the door, so that nothing
// behind it meets a hostile name (paths, queries, flags, labels, log lines).
import { Type } from "typebox";

/** Class and stream names: `live/<name>`. */
const namePattern = "^[a-z0-9][a-z0-9_-]{0,63}$";
const pathPattern = "^live/[a-z0-9][a-z0-9_-]{0,63}$";
/** Node ids: host names, container ids and what people choose for NODE_ID. */
const nodeIdPattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";

/** Names of nodes that people read. */
export const nodeNameMaxLength = 128;

const nameRegExp = new RegExp(namePattern);
const pathRegExp = new RegExp(pathPattern);
const nodeIdRegExp = new RegExp(nodeIdPattern);

export const isClassName = (value: string): boolean => nameRegExp.test(value);
export const isStreamPath = (value: string): boolean => pathRegExp.test(value);
export const isNodeId = (value: string): boolean => nodeIdRegExp.test(value);

/** The path of a class's stream. */
export const streamPathOf = (className: string): string => `live/${className}`;
export const classNameOf = (path: string): string => path.slice("live/".length);

export const ClassName = Type.String({
  pattern: namePattern,
  description: "Lower-case letters, digits, - and _; at most 64",
  examples: ["math-3b"],
});
export const StreamPath = Type.String({ pattern: pathPattern, description: "`live/<class name>`", examples: ["live/math-3b"] });
export const NodeId = Type.String({
  pattern: nodeIdPattern,
  description: "Letters, digits, `.`, `-`, `_`; at most 64",
  examples: ["slave-1"],
});
