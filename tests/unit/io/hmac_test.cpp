#include "io/hmac.hpp"

#include <gtest/gtest.h>

namespace aci::io {

// RFC 4231, test case 2.
TEST(Hmac, SignsAsOthersDo) {
  EXPECT_EQ(sign_webhook("Jefe", "what do ya want for nothing?"), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

TEST(Hmac, ASecretWithPrefixIsBase64) {
  EXPECT_EQ(sign_webhook("whsec_SmVmZQ==", "what do ya want for nothing?"),
            sign_webhook("Jefe", "what do ya want for nothing?"));
  EXPECT_NE(sign_webhook("whsec_", "x"), sign_webhook("", "x"));
}

}  // namespace aci::io
