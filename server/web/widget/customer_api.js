/** Requests of a customer: none is sent without a token, as a server without keys would take it for its operator's. */

import { Api, RequestError } from "/web/frame/api.js";

export class CustomerApi extends Api {
  async fetch(path, options) {
    const isThere = this.keys.current || (await this.keys.ask());
    if (!isThere) throw new RequestError(this.words.text("sign-in"), { status: 401 });
    return super.fetch(path, options);
  }
}
