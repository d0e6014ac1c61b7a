# frozen_string_literal: true

require "ffi"
require_relative "c_token"
require_relative "library_file"
require_relative "text"

module SpotifyToken
  ABI_VERSION = 0

  # The C functions. `blocking: true` lets other Ruby threads go on; one of them may be the logger's, which
  # spotify_client_free waits for.
  module Library
    extend FFI::Library
    ffi_lib LibraryFile.path

    attach_function :spotify_abi_version, [], :int32
    attach_function :spotify_version, [], Text
    attach_function :spotify_token_size, [], :size_t
    unless spotify_abi_version == ABI_VERSION && spotify_token_size == CToken.size
      raise LoadError, "#{LibraryFile.path} is spotify-token #{spotify_version} with ABI #{spotify_abi_version}; " \
                       "this gem needs ABI #{ABI_VERSION}"
    end

    callback :logger, [:pointer, :int32, Text], :void
    callback :keeper, [:pointer, Text], :void
    attach_function :spotify_error_name, [:int32], Text
    attach_function :spotify_token_clear, [CToken.by_ref], :void
    attach_function :spotify_token_authorization, [CToken.by_ref], Text
    attach_function :spotify_token_oauth_error, [CToken.by_ref], Text
    attach_function :spotify_token_retry_after, [CToken.by_ref], :int64
    attach_function :spotify_config_new, [], :pointer
    attach_function :spotify_config_set, [:pointer, Text, Text], :int32
    attach_function :spotify_config_set_logger, %i[pointer logger pointer], :int32
    attach_function :spotify_config_error, [:pointer], Text
    attach_function :spotify_config_free, [:pointer], :void
    attach_function :spotify_client_new, [:pointer], :pointer
    attach_function :spotify_client_token_into, [:pointer, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_client_invalidate, [:pointer, Text], :void, blocking: true
    attach_function :spotify_client_cancel, [:pointer], :void
    attach_function :spotify_client_free, [:pointer], :void, blocking: true
    attach_function :spotify_config_set_refresh_token_fn, %i[pointer keeper pointer], :int32
    attach_function :spotify_login_new, [:pointer], :pointer, blocking: true
    attach_function :spotify_login_url, [:pointer], Text
    attach_function :spotify_login_wait_into, [:pointer, :int64, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_login_finish_into, [:pointer, Text, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_login_cancel, [:pointer], :void
    attach_function :spotify_login_free, [:pointer], :void, blocking: true
    attach_function :spotify_logout, [:pointer], :int32, blocking: true
    attach_function :spotify_error_description, [:int32], Text
  end
end
