/** The canned answers of the shop, as they were last read. */

export class Canned {
  constructor({ api }) {
    Object.assign(this, { api, answers: [] });
  }

  /** Read them anew. Throws `RequestError`. */
  async load() {
    this.answers = (await this.api.json("/desk/canned")).answers;
    return this.answers;
  }

  /** Return those that have some words in their title or text; those whose title has them come first. */
  find(words) {
    const sought = words.trim().toLowerCase();
    const has = (text) => text.toLowerCase().includes(sought);
    const inTitle = this.answers.filter(({ title }) => has(title));
    return [...inTitle, ...this.answers.filter((answer) => !inTitle.includes(answer) && has(answer.text))];
  }

  async save(id, { title, text }) {
    if (id) await this.api.change("PUT", `/desk/canned/${encodeURIComponent(id)}`, { title, text });
    else await this.api.change("POST", "/desk/canned", { title, text });
    await this.load();
  }

  /** Delete one; that it is gone already is no error. */
  async remove(id) {
    await this.api.change("DELETE", `/desk/canned/${encodeURIComponent(id)}`).catch((error) => {
      if (error.status !== 404) throw error;
    });
    await this.load();
  }
}
