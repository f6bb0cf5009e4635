// Key files: a secret half is 0600 and its owner's, a public half may be read by everybody.
#pragma once

#include "record/keys.h"

namespace gatehouse::record {

inline constexpr char kPublicSuffix[] = ".pub";   // the public half lies beside the secret one

/// read_key_public reads a public half of that use. Errors name the file.
Result<KeyPublic, std::string> read_key_public(const std::string& path, KeyUse use);

/// read_key_secret reads a secret half: a plain file of this process's user (or root's), without any right of group or
/// others, not reached through a link in its last part.
Result<KeySecret, std::string> read_key_secret(const std::string& path);

/// write_key writes both halves, `path` (0600) and `path`.pub (0644), durably; neither may exist. write_secret writes the first
/// alone: of a key that has no public half, or is a text of another form.
Result<KeyPublic, std::string> write_key(const std::string& path, const KeySecret& key);
Result<Done, std::string> write_secret(const std::string& path, const KeySecret& key);
Result<Done, std::string> write_secret(const std::string& path, const crypto::Secret& text);

}  // namespace gatehouse::record
