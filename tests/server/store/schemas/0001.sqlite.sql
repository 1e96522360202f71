CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE messages (
	turn_id VARCHAR(32) NOT NULL,
	position INTEGER NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (turn_id, position),
	CONSTRAINT fk_messages_turn_id FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE,
	CONSTRAINT ck_messages_role CHECK (role IN ('system', 'user', 'assistant', 'tool'))
);
CREATE TABLE parts (
	turn_id VARCHAR(32) NOT NULL,
	message INTEGER NOT NULL,
	position INTEGER NOT NULL,
	text TEXT,
	sha256 VARCHAR(64),
	PRIMARY KEY (turn_id, message, position),
	CONSTRAINT fk_parts_message FOREIGN KEY(turn_id, message) REFERENCES messages (turn_id, position) ON DELETE CASCADE,
	CONSTRAINT fk_parts_sha256 FOREIGN KEY(sha256) REFERENCES pictures (sha256),
	CONSTRAINT ck_parts_text_or_picture CHECK ((text IS NULL) <> (sha256 IS NULL))
);
CREATE TABLE pictures (
	sha256 VARCHAR(64) NOT NULL,
	mime TEXT NOT NULL,
	num_bytes INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (sha256)
);
CREATE TABLE sessions (
	id VARCHAR(32) NOT NULL,
	owner TEXT NOT NULL,
	name TEXT NOT NULL,
	options JSON NOT NULL,
	created_s DOUBLE NOT NULL,
	updated_s DOUBLE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_sessions_owner_name UNIQUE (owner, name)
);
CREATE TABLE turns (
	id VARCHAR(32) NOT NULL,
	session_id VARCHAR(32) NOT NULL,
	position INTEGER NOT NULL,
	answer TEXT NOT NULL,
	finish_reason TEXT,
	lease_s DOUBLE NOT NULL,
	num_prompt_tokens INTEGER NOT NULL,
	num_cached_tokens INTEGER NOT NULL,
	num_generated_tokens INTEGER NOT NULL,
	created_s DOUBLE NOT NULL,
	finished_s DOUBLE,
	thumb TEXT,
	feedback_text TEXT,
	feedback_s DOUBLE,
	PRIMARY KEY (id),
	CONSTRAINT fk_turns_session_id FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE,
	CONSTRAINT uq_turns_session_id_position UNIQUE (session_id, position),
	CONSTRAINT ck_turns_thumb CHECK (thumb IN ('up', 'down'))
);
INSERT INTO "alembic_version" VALUES('0001');
INSERT INTO "pictures" VALUES('21fa05c65aff06dd3e4f15679b67e0e135647fef3e1b5ce2179d48b1508651b2','image/jpeg',11,X'626C756520706978656C73');
INSERT INTO "pictures" VALUES('3853ae082128b83403ab5b2a87811712926d17fd172de6a919cf6e82603dca92','image/png',10,X'72656420706978656C73');
INSERT INTO "sessions" VALUES('8d137d6ae4db403683f7306a4898b7dd','shop','customer 7','{"system": "\u7b80\u77ed\u56de\u7b54"}',1000001.0,1000008.0);
INSERT INTO "turns" VALUES('7aeb395356fa4b51a0f907dbfad685d7','8d137d6ae4db403683f7306a4898b7dd',0,'it''s 30 元','stop',1000032.0,140,64,9,1000003.0,1000004.0,'down','太贵',1000005.0);
INSERT INTO "turns" VALUES('97f88cd46ca54355894552017fdec429','8d137d6ae4db403683f7306a4898b7dd',1,'It is a','abort',1000036.0,200,140,4,1000007.0,1000008.0,NULL,NULL,NULL);
INSERT INTO "messages" VALUES('7aeb395356fa4b51a0f907dbfad685d7',0,'system');
INSERT INTO "messages" VALUES('7aeb395356fa4b51a0f907dbfad685d7',1,'user');
INSERT INTO "messages" VALUES('97f88cd46ca54355894552017fdec429',0,'user');
INSERT INTO "parts" VALUES('7aeb395356fa4b51a0f907dbfad685d7',0,0,'你是店员',NULL);
INSERT INTO "parts" VALUES('7aeb395356fa4b51a0f907dbfad685d7',1,0,NULL,'3853ae082128b83403ab5b2a87811712926d17fd172de6a919cf6e82603dca92');
INSERT INTO "parts" VALUES('7aeb395356fa4b51a0f907dbfad685d7',1,1,'这个多少钱; 有
蓝色的吗?',NULL);
INSERT INTO "parts" VALUES('7aeb395356fa4b51a0f907dbfad685d7',1,2,NULL,'21fa05c65aff06dd3e4f15679b67e0e135647fef3e1b5ce2179d48b1508651b2');
INSERT INTO "parts" VALUES('97f88cd46ca54355894552017fdec429',0,0,'and
this',NULL);
INSERT INTO "parts" VALUES('97f88cd46ca54355894552017fdec429',0,1,NULL,'3853ae082128b83403ab5b2a87811712926d17fd172de6a919cf6e82603dca92');
CREATE INDEX ix_sessions_owner_updated_s ON sessions (owner, updated_s, id);
CREATE UNIQUE INDEX uq_turns_one_pending ON turns (session_id) WHERE finish_reason IS NULL;
CREATE INDEX ix_parts_sha256 ON parts (sha256);
