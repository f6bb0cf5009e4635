// Names of variables, keys and columns that hold a secret.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// SecretName is what a name promises: a password may be any word; a key or token looks random.
enum class SecretName : uint8_t { none, password, key, token, aws, azure };

/// secret_name reads a name by its last words, however they are joined: db_password, dbPassword, X-Api-Key, PASSWORD2. Names that
/// only speak of a secret are none: password_policy, token_count, access_key_id, next_page_token.
SecretName secret_name(ByteView name);

/// may_be_other: the name of a password is a word for something else, too: only a value that looks like one is.
bool may_be_other(ByteView name);

}  // namespace gatehouse::detect
