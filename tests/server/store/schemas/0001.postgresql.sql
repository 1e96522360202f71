CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE messages (
    turn_id character varying(32) NOT NULL,
    "position" integer NOT NULL,
    role text NOT NULL,
    CONSTRAINT ck_messages_role CHECK ((role = ANY (ARRAY['system'::text, 'user'::text, 'assistant'::text, 'tool'::text])))
);
CREATE TABLE parts (
    turn_id character varying(32) NOT NULL,
    message integer NOT NULL,
    "position" integer NOT NULL,
    text text,
    sha256 character varying(64),
    CONSTRAINT ck_parts_text_or_picture CHECK (((text IS NULL) <> (sha256 IS NULL)))
);
CREATE TABLE pictures (
    sha256 character varying(64) NOT NULL,
    mime text NOT NULL,
    num_bytes integer NOT NULL,
    data bytea NOT NULL
);
CREATE TABLE sessions (
    id character varying(32) NOT NULL,
    owner text NOT NULL,
    name text NOT NULL,
    options json NOT NULL,
    created_s double precision NOT NULL,
    updated_s double precision NOT NULL
);
CREATE TABLE turns (
    id character varying(32) NOT NULL,
    session_id character varying(32) NOT NULL,
    "position" integer NOT NULL,
    answer text NOT NULL,
    finish_reason text,
    lease_s double precision NOT NULL,
    num_prompt_tokens integer NOT NULL,
    num_cached_tokens integer NOT NULL,
    num_generated_tokens integer NOT NULL,
    created_s double precision NOT NULL,
    finished_s double precision,
    thumb text,
    feedback_text text,
    feedback_s double precision,
    CONSTRAINT ck_turns_thumb CHECK ((thumb = ANY (ARRAY['up'::text, 'down'::text])))
);
INSERT INTO alembic_version VALUES ('0001');
INSERT INTO messages VALUES ('7aeb395356fa4b51a0f907dbfad685d7', 0, 'system');
INSERT INTO messages VALUES ('7aeb395356fa4b51a0f907dbfad685d7', 1, 'user');
INSERT INTO messages VALUES ('97f88cd46ca54355894552017fdec429', 0, 'user');
INSERT INTO parts VALUES ('7aeb395356fa4b51a0f907dbfad685d7', 0, 0, '你是店员', NULL);
INSERT INTO parts VALUES ('7aeb395356fa4b51a0f907dbfad685d7', 1, 0, NULL, '3853ae082128b83403ab5b2a87811712926d17fd172de6a919cf6e82603dca92');
INSERT INTO parts VALUES ('7aeb395356fa4b51a0f907dbfad685d7', 1, 1, '这个多少钱; 有
蓝色的吗?', NULL);
INSERT INTO parts VALUES ('7aeb395356fa4b51a0f907dbfad685d7', 1, 2, NULL, '21fa05c65aff06dd3e4f15679b67e0e135647fef3e1b5ce2179d48b1508651b2');
INSERT INTO parts VALUES ('97f88cd46ca54355894552017fdec429', 0, 0, 'and
this', NULL);
INSERT INTO parts VALUES ('97f88cd46ca54355894552017fdec429', 0, 1, NULL, '3853ae082128b83403ab5b2a87811712926d17fd172de6a919cf6e82603dca92');
INSERT INTO pictures VALUES ('21fa05c65aff06dd3e4f15679b67e0e135647fef3e1b5ce2179d48b1508651b2', 'image/jpeg', 11, '\x626c756520706978656c73');
INSERT INTO pictures VALUES ('3853ae082128b83403ab5b2a87811712926d17fd172de6a919cf6e82603dca92', 'image/png', 10, '\x72656420706978656c73');
INSERT INTO sessions VALUES ('8d137d6ae4db403683f7306a4898b7dd', 'shop', 'customer 7', '{"system": "\u7b80\u77ed\u56de\u7b54"}', 1000001, 1000008);
INSERT INTO turns VALUES ('7aeb395356fa4b51a0f907dbfad685d7', '8d137d6ae4db403683f7306a4898b7dd', 0, 'it''s 30 元', 'stop', 1000032, 140, 64, 9, 1000003, 1000004, 'down', '太贵', 1000005);
INSERT INTO turns VALUES ('97f88cd46ca54355894552017fdec429', '8d137d6ae4db403683f7306a4898b7dd', 1, 'It is a', 'abort', 1000036, 200, 140, 4, 1000007, 1000008, NULL, NULL, NULL);
ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (turn_id, "position");
ALTER TABLE ONLY parts
    ADD CONSTRAINT parts_pkey PRIMARY KEY (turn_id, message, "position");
ALTER TABLE ONLY pictures
    ADD CONSTRAINT pictures_pkey PRIMARY KEY (sha256);
ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY turns
    ADD CONSTRAINT turns_pkey PRIMARY KEY (id);
ALTER TABLE ONLY sessions
    ADD CONSTRAINT uq_sessions_owner_name UNIQUE (owner, name);
ALTER TABLE ONLY turns
    ADD CONSTRAINT uq_turns_session_id_position UNIQUE (session_id, "position");
CREATE INDEX ix_parts_sha256 ON parts USING btree (sha256);
CREATE INDEX ix_sessions_owner_updated_s ON sessions USING btree (owner, updated_s, id);
CREATE UNIQUE INDEX uq_turns_one_pending ON turns USING btree (session_id) WHERE (finish_reason IS NULL);
ALTER TABLE ONLY messages
    ADD CONSTRAINT fk_messages_turn_id FOREIGN KEY (turn_id) REFERENCES turns(id) ON DELETE CASCADE;
ALTER TABLE ONLY parts
    ADD CONSTRAINT fk_parts_message FOREIGN KEY (turn_id, message) REFERENCES messages(turn_id, "position") ON DELETE CASCADE;
ALTER TABLE ONLY parts
    ADD CONSTRAINT fk_parts_sha256 FOREIGN KEY (sha256) REFERENCES pictures(sha256);
ALTER TABLE ONLY turns
    ADD CONSTRAINT fk_turns_session_id FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;
