// The calls of the teacher's page, typed. Knows no page.
import type { ClassPatch, ClassRequest, ClassView, ClassWithKey, TeacherToken } from "../../shared/protocol/classes.ts";
import type { ClassViewers } from "../../shared/protocol/class-viewers.ts";
import type { StreamsView } from "../../shared/protocol/cluster-views.ts";
import type { ApiAnswer, ApiClient } from "../common/api-client.ts";

export interface TeacherApi {
  list(): Promise<ApiAnswer<{ classes: ClassView[] }>>;
  /** For the admin: who streams, and how many watch. */
  streams(): Promise<ApiAnswer<StreamsView>>;
  create(wish: ClassRequest): Promise<ApiAnswer<ClassWithKey>>;
  change(name: string, wish: ClassPatch): Promise<ApiAnswer<ClassView>>;
  remove(name: string): Promise<ApiAnswer<undefined>>;
  rotateKey(name: string): Promise<ApiAnswer<ClassWithKey>>;
  makeTeacherToken(name: string): Promise<ApiAnswer<TeacherToken>>;
  removeTeacherToken(name: string): Promise<ApiAnswer<undefined>>;
  viewers(name: string): Promise<ApiAnswer<ClassViewers>>;
  removeViewer(name: string, jti: string): Promise<ApiAnswer<undefined>>;
  letIn(name: string, userId: string): Promise<ApiAnswer<undefined>>;
}

/** @param name of a class: what names are made of needs no escaping, who watches does */
export function createTeacherApi(client: ApiClient): TeacherApi {
  const at = (name: string, more = ""): string => `/api/classes/${encodeURIComponent(name)}${more}`;
  return {
    list: () => client.call("GET", "/api/classes"),
    streams: () => client.call("GET", "/cluster/streams"),
    create: (wish) => client.call("POST", "/api/classes", wish),
    change: (name, wish) => client.call("PATCH", at(name), wish),
    remove: (name) => client.call("DELETE", at(name)),
    rotateKey: (name) => client.call("POST", at(name, "/rotate-key")),
    makeTeacherToken: (name) => client.call("POST", at(name, "/teacher-token")),
    removeTeacherToken: (name) => client.call("DELETE", at(name, "/teacher-token")),
    viewers: (name) => client.call("GET", at(name, "/viewers")),
    removeViewer: (name, jti) => client.call("DELETE", at(name, `/viewers/${encodeURIComponent(jti)}`)),
    letIn: (name, userId) => client.call("DELETE", at(name, `/removed/${encodeURIComponent(userId)}`)),
  };
}
